import type { Intent } from './intent.ts';

/** Requests that make, change or remove objects: create, run, apply, delete, label, annotate. */
export const objectIntents: readonly Intent[] = [
  {
    command: 'kubectl apply -f {manifest}{ns}',
    requests: ['apply {manifest}{ns}', 'apply the manifest {manifest}{ns}', 'apply the file {manifest}{ns}'],
    rows: 12,
    heldOut: 2,
  },
  {
    command: 'kubectl apply -k {folder}',
    requests: ['apply the kustomization in {folder}', 'apply the kustomize folder {folder}'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl diff -f {manifest}',
    requests: ['show what applying {manifest} would change', 'diff {manifest} against the cluster'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl delete -f {manifest}{ns}',
    requests: [
      'delete everything defined in {manifest}{ns}',
      'delete the objects in the file {manifest}{ns}',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl delete {object}{ns}',
    requests: ['delete the {object}{ns}', 'remove the {object}{ns}', 'get rid of the {object}{ns}'],
    rows: 16,
    heldOut: 3,
  },
  {
    command: 'kubectl delete {kinds}{ns} -l app={app}',
    requests: ['delete the {kinds}{ns} with the label app={app}', 'delete all {kinds} of the app {app}{ns}'],
    rows: 10,
    heldOut: 1,
  },
  {
    command: 'kubectl delete {kinds}{in} --all',
    requests: ['delete all {kinds}{in}', 'remove all {kinds}{in}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl delete pod {pod.write}{ns} --grace-period=0 --force',
    requests: ['force delete the {pod}{ns}', 'force the deletion of the {pod}{ns}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl delete namespace {newNamespace}',
    requests: ['delete the namespace {newNamespace}', 'remove the namespace {newNamespace}'],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl create namespace {newNamespace}',
    requests: ['create the namespace {newNamespace}', 'make a new namespace called {newNamespace}'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl create deployment {app}{ns} --image={image}',
    requests: [
      'create a deployment named {app}{ns} with the image {image}',
      'create a deployment {app}{ns} from {image}',
    ],
    rows: 11,
    heldOut: 2,
  },
  {
    command: 'kubectl create deployment {app}{ns} --image={image} --replicas={count}',
    requests: ['create a deployment named {app}{ns} with {count} replicas of {image}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl create configmap {app}-config{ns} --from-literal={literal}',
    requests: [
      'create a config map {app}-config{ns} with {literal}',
      'make a config map named {app}-config{ns} with {literal}',
    ],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl create configmap {app}-config{ns} --from-file={textFile}',
    requests: [
      'create a config map {app}-config{ns} from the file {textFile}',
      'make a config map named {app}-config{ns} from {textFile}',
    ],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl create secret generic {app}-secret{ns} --from-literal={password}',
    requests: [
      'create a secret {app}-secret{ns} with {password}',
      'make a secret named {app}-secret{ns} with {password}',
    ],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl create serviceaccount {account}{ns}',
    requests: ['create a service account {account}{ns}', 'make a service account named {account}{ns}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: `kubectl create cronjob {app}{ns} --image={image} --schedule='{schedule}'`,
    requests: ['create a cron job {app}{ns} that runs {image} {schedule}'],
    rows: 14,
    heldOut: 1,
  },
  {
    command: 'kubectl run {app}{ns} --image={image}',
    requests: ['run a pod named {app}{ns} with the image {image}', 'start a pod {app}{ns} from {image}'],
    rows: 10,
    heldOut: 1,
  },
  {
    command: 'kubectl edit {deployment}{ns}',
    requests: ['edit the {deployment}{ns}', 'open the {deployment}{ns} in an editor'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl label {labelled}{ns} {label}',
    requests: ['label the {labelled}{ns} with {label}', 'add the label {label} to the {labelled}{ns}'],
    rows: 10,
    heldOut: 2,
  },
  {
    command: 'kubectl label {labelled}{ns} {labelKey}-',
    requests: ['remove the label {labelKey} from the {labelled}{ns}'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl annotate {labelled}{ns} {note}',
    requests: ['annotate the {labelled}{ns} with {note}', 'add the annotation {note} to the {labelled}{ns}'],
    rows: 10,
    heldOut: 1,
  },
];
