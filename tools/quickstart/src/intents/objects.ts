import type { Intent } from './intent.ts';

/** Requests that make, change or remove objects: create, run, apply, delete, label, annotate. */
export const objectIntents: readonly Intent[] = [
  {
    command: 'kubectl apply -f {manifest}{ns}',
    requests: ['apply {manifest}{ns}', 'apply the manifest {manifest}{ns}', 'apply the file {manifest}{ns}'],
    rows: 10,
    heldOut: 2,
  },
  {
    command: 'kubectl apply -k {folder}',
    requests: ['apply the kustomization in {folder}', 'apply the kustomize folder {folder}'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl apply -f {manifest}{ns} --dry-run=server',
    requests: [
      'dry-run the manifest {manifest}{ns} on the server',
      'apply {manifest}{ns} as a server dry run',
    ],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl diff -f {manifest}',
    requests: [
      'show what applying {manifest} would change',
      'diff {manifest} against the cluster',
      'what would change if I applied {manifest}?',
    ],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl delete -f {manifest}{ns}',
    requests: [
      'delete everything defined in {manifest}{ns}',
      'delete the objects in the file {manifest}{ns}',
    ],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl delete {object}{ns}',
    requests: ['delete the {object}{ns}', 'remove the {object}{ns}', 'get rid of the {object}{ns}'],
    rows: 14,
    heldOut: 3,
  },
  {
    command: 'kubectl delete {kinds}{ns} -l app={app}',
    requests: [
      'delete the {kinds}{ns} with the label app={app}',
      'remove all {kinds}{ns} labelled app={app}',
      'delete all {kinds} of the app {app}{ns}',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl delete {kinds}{in} --all',
    requests: ['delete all {kinds}{in}', 'remove all {kinds}{in}'],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl delete pod {pod.write}{ns} --grace-period=0 --force',
    requests: [
      'force delete the {pod}{ns}',
      'kill the {pod}{ns} immediately',
      'force the deletion of the {pod}{ns}',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl delete namespace {newNamespace}',
    requests: ['delete the namespace {newNamespace}', 'remove the {newNamespace} namespace'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl create namespace {newNamespace}',
    requests: [
      'create the namespace {newNamespace}',
      'make a new namespace called {newNamespace}',
      'add a namespace named {newNamespace}',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl create deployment {app}{ns} --image={image}',
    requests: [
      'create a deployment named {app}{ns} with the image {image}',
      'create a deployment {app}{ns} from {image}',
      'deploy {image} as {app}{ns}',
    ],
    rows: 10,
    heldOut: 2,
  },
  {
    command: 'kubectl create deployment {app}{ns} --image={image} --replicas={count}',
    requests: [
      'create a deployment named {app}{ns} with {count} replicas of {image}',
      'deploy {count} replicas of {image} as {app}{ns}',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl create configmap {app}-config{ns} --from-literal={literal}',
    requests: [
      'create a config map {app}-config{ns} with {literal}',
      'make a config map named {app}-config{ns} that holds {literal}',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl create configmap {app}-config{ns} --from-file={textFile}',
    requests: [
      'create a config map {app}-config{ns} from the file {textFile}',
      'make a config map named {app}-config{ns} out of {textFile}',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl create secret generic {app}-secret{ns} --from-literal={password}',
    requests: [
      'create a secret {app}-secret{ns} with {password}',
      'make a secret named {app}-secret{ns} that holds {password}',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl create serviceaccount {account}{ns}',
    requests: ['create a service account {account}{ns}', 'make a service account named {account}{ns}'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl create token {account}{ns}',
    requests: [
      'create a token for the service account {account}{ns}',
      'issue a token for the service account {account}{ns}',
    ],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl create job {app}-now{ns} --from={cronjobSource}',
    requests: [
      'create a job {app}-now{ns} from the {cronjobSource}',
      'run the {cronjobSource}{ns} once as the job {app}-now',
    ],
    rows: 6,
    heldOut: 1,
  },
  {
    command: `kubectl create cronjob {app}{ns} --image={image} --schedule='{schedule}'`,
    requests: [
      'create a cron job {app}{ns} that runs {image} {schedule}',
      'run {image} {schedule} as a cron job named {app}{ns}',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl run {app}{ns} --image={image}',
    requests: [
      'run a pod named {app}{ns} with the image {image}',
      'start a pod {app}{ns} from {image}',
      'start a single pod called {app}{ns} with {image}',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl run {app}{ns} --image={image} --rm -it -- {shell}',
    requests: [
      'run a temporary pod {app}{ns} from {image} with a {shell} shell',
      'start a throwaway pod {app}{ns} with {image} and open {shell} in it',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl edit {deployment}{ns}',
    requests: ['edit the {deployment}{ns}', 'open the {deployment}{ns} in an editor'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl label {labelled}{ns} {label}',
    requests: [
      'label the {labelled}{ns} with {label}',
      'add the label {label} to the {labelled}{ns}',
      'put the label {label} on the {labelled}{ns}',
    ],
    rows: 9,
    heldOut: 2,
  },
  {
    command: 'kubectl label {labelled}{ns} {label} --overwrite',
    requests: [
      'change the label of the {labelled}{ns} to {label}',
      'overwrite the label of the {labelled}{ns} with {label}',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl label {labelled}{ns} {labelKey}-',
    requests: [
      'remove the label {labelKey} from the {labelled}{ns}',
      'delete the {labelKey} label of the {labelled}{ns}',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl annotate {labelled}{ns} {note}',
    requests: ['annotate the {labelled}{ns} with {note}', 'add the annotation {note} to the {labelled}{ns}'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl annotate {labelled}{ns} {labelKey}-',
    requests: [
      'remove the annotation {labelKey} from the {labelled}{ns}',
      'delete the {labelKey} annotation of the {labelled}{ns}',
    ],
    rows: 6,
    heldOut: 1,
  },
];
