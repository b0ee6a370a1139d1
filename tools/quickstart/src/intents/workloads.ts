import type { Intent } from './intent.ts';

/** Requests that steer running workloads: scale, rollout, set, autoscale, expose, patch, wait, exec, cp. */
export const workloadIntents: readonly Intent[] = [
  {
    command: 'kubectl scale {scalable}{ns} --replicas={count}',
    requests: [
      'scale the {scalable}{ns} to {count} replicas',
      'set the {scalable}{ns} to {count} replicas',
      'change the number of replicas of the {scalable}{ns} to {count}',
    ],
    rows: 16,
    heldOut: 3,
  },
  {
    command: 'kubectl rollout restart {rollable}{ns}',
    requests: ['restart the {rollable}{ns}', 'do a rolling restart of the {rollable}{ns}'],
    rows: 11,
    heldOut: 2,
  },
  {
    command: 'kubectl rollout status {rollable}{ns}',
    requests: [
      'check the rollout status of the {rollable}{ns}',
      'what is the rollout status of the {rollable}{ns}?',
    ],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl rollout history {rollable}{ns}',
    requests: ['show the rollout history of the {rollable}{ns}', 'list the revisions of the {rollable}{ns}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl rollout undo {rollable}{ns}',
    requests: ['roll back the {rollable}{ns}', 'undo the last rollout of the {rollable}{ns}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl rollout undo {rollable}{ns} --to-revision={revision}',
    requests: [
      'roll back the {rollable}{ns} to revision {revision}',
      'return the {rollable}{ns} to revision {revision}',
    ],
    rows: 10,
    heldOut: 1,
  },
  {
    command: 'kubectl rollout pause {deployment}{ns}',
    requests: ['pause the rollout of the {deployment}{ns}'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl rollout resume {deployment}{ns}',
    requests: ['resume the rollout of the {deployment}{ns}'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl set image {deployment}{ns} {container}={image}',
    requests: [
      'set the image of the container {container} in the {deployment}{ns} to {image}',
      'update the container {container} of the {deployment}{ns} to {image}',
    ],
    rows: 13,
    heldOut: 2,
  },
  {
    command: 'kubectl set env {deployment}{ns} {setting}',
    requests: [
      'set the environment variable {setting} on the {deployment}{ns}',
      'set {setting} in the environment of the {deployment}{ns}',
    ],
    rows: 10,
    heldOut: 1,
  },
  {
    command: 'kubectl autoscale {deployment}{ns} --min={min} --max={max}',
    requests: [
      'autoscale the {deployment}{ns} between {min} and {max} replicas',
      'autoscale the {deployment}{ns} from {min} to {max} replicas',
    ],
    rows: 10,
    heldOut: 1,
  },
  {
    command: 'kubectl expose {deployment}{ns} --port={port}',
    requests: ['expose the {deployment}{ns} on port {port}', 'expose port {port} of the {deployment}{ns}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl expose {deployment}{ns} --port={port} --target-port={targetPort}',
    requests: ['expose the {deployment}{ns} on port {port} with target port {targetPort}'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl expose {deployment}{ns} --port={port} --type={serviceType}',
    requests: [
      'expose the {deployment}{ns} on port {port} as a {serviceType} service',
      'expose the {deployment}{ns} as a {serviceType} on port {port}',
    ],
    rows: 9,
    heldOut: 1,
  },
  {
    command: `kubectl patch {deployment}{ns} -p '{"spec":{"replicas":{count}}}'`,
    requests: [
      'patch the {deployment}{ns} to {count} replicas',
      'patch the replicas of the {deployment}{ns} to {count}',
    ],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl wait pod {pod.write}{ns} --for=condition=Ready',
    requests: ['wait until the {pod}{ns} is ready', 'wait for the {pod}{ns} to be ready'],
    rows: 10,
    heldOut: 1,
  },
  {
    command: 'kubectl wait {deployment}{ns} --for=condition=Available',
    requests: [
      'wait until the {deployment}{ns} is available',
      'wait for the {deployment}{ns} to be available',
    ],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl exec -it {pod.write}{ns} -- {shell}',
    requests: ['open a {shell} shell in the {pod}{ns}', 'start an interactive {shell} in the {pod}{ns}'],
    rows: 10,
    heldOut: 1,
  },
  {
    command: 'kubectl exec {pod.write}{ns} -- {program}',
    requests: ['run the command {program} in the {pod}{ns}', 'execute {program} in the {pod}{ns}'],
    rows: 11,
    heldOut: 1,
  },
  {
    command: 'kubectl port-forward {service}{ns} {localPort}:{port}',
    requests: ['forward local port {localPort} to port {port} of the {service}{ns}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl port-forward pod/{pod.write}{ns} {localPort}:{port}',
    requests: ['forward local port {localPort} to port {port} of the {pod}{ns}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl cp {pod.write}:{path} {localFile}',
    requests: ['copy {path} from the {pod} to {localFile}', 'download {path} from the {pod} to {localFile}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl cp {localFile} {pod.write}:{path}',
    requests: ['copy {localFile} to {path} in the {pod}', 'upload {localFile} to {path} in the {pod}'],
    rows: 9,
    heldOut: 1,
  },
];
