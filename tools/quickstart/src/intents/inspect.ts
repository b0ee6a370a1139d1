import type { Intent } from './intent.ts';

/** Requests that only read: get, describe, logs, top, explain. */
export const inspectIntents: readonly Intent[] = [
  {
    command: 'kubectl get {kinds}{ns}',
    requests: [
      'list the {kinds}{ns}',
      'show me all {kinds}{ns}',
      'list all {kinds}{ns}',
      'which {kinds} exist{ns}?',
      'get the {kinds}{ns}',
    ],
    rows: 26,
    heldOut: 3,
  },
  {
    command: 'kubectl get {kinds} -A',
    requests: ['list the {kinds} in all namespaces', 'show me the {kinds} across all namespaces'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl get {object}{ns}',
    requests: ['show me the {object}{ns}', 'get the {object}{ns}'],
    rows: 12,
    heldOut: 2,
  },
  {
    command: 'kubectl get {object}{ns} -o yaml',
    requests: [
      'show the YAML of the {object}{ns}',
      'print the {object}{ns} as YAML',
      'get the {object}{ns} in YAML format',
    ],
    rows: 12,
    heldOut: 2,
  },
  {
    command: 'kubectl get {object}{ns} -o json',
    requests: ['print the {object}{ns} as JSON', 'get the {object}{ns} in JSON format'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl get {kinds}{ns} -o wide',
    requests: ['list the {kinds}{ns} in wide format', 'show me the {kinds}{ns} with wide output'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl get {kinds}{ns} --watch',
    requests: ['watch the {kinds}{ns}', 'keep watching the {kinds}{ns}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl get {kinds}{ns} --show-labels',
    requests: ['list the {kinds}{ns} with their labels', 'show me the labels of all {kinds}{ns}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl get pods{ns} -l app={app}',
    requests: [
      'list the pods of the app {app}{ns}',
      'show me the pods labelled app={app}{ns}',
      'which pods belong to the app {app}{ns}?',
    ],
    rows: 12,
    heldOut: 2,
  },
  {
    command: 'kubectl get pods{ns} --field-selector=status.phase={phase}',
    requests: ['list the {phase} pods{ns}', 'show me all {phase} pods{ns}'],
    rows: 11,
    heldOut: 1,
  },
  {
    command: 'kubectl get {kinds}{ns} --sort-by=.metadata.creationTimestamp',
    requests: ['list the {kinds}{ns} sorted by age', 'list the {kinds}{ns} sorted by creation time'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl get all{in}',
    requests: ['list everything{in}', 'show me everything{in}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl get nodes',
    requests: ['list the nodes', 'show me all nodes'],
    rows: 3,
    heldOut: 0,
  },
  {
    command: 'kubectl get namespaces',
    requests: ['list the namespaces', 'which namespaces exist?'],
    rows: 3,
    heldOut: 0,
  },
  {
    command: 'kubectl describe {object}{ns}',
    requests: [
      'describe the {object}{ns}',
      'show the details of the {object}{ns}',
      'give me the details of the {object}{ns}',
    ],
    rows: 18,
    heldOut: 3,
  },
  {
    command: 'kubectl describe node {node.write}',
    requests: ['describe {node}', 'show the details of {node}'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl logs {pod.write}{ns}',
    requests: [
      'show the logs of the {pod}{ns}',
      'print the logs of the {pod}{ns}',
      'get the logs of the {pod}{ns}',
    ],
    rows: 14,
    heldOut: 2,
  },
  {
    command: 'kubectl logs {pod.write}{ns} --tail={lines}',
    requests: [
      'show the last {lines} log lines of the {pod}{ns}',
      'print the last {lines} lines of the logs of the {pod}{ns}',
    ],
    rows: 11,
    heldOut: 2,
  },
  {
    command: 'kubectl logs {pod.write}{ns} -f',
    requests: ['follow the logs of the {pod}{ns}', 'stream the logs of the {pod}{ns}'],
    rows: 10,
    heldOut: 1,
  },
  {
    command: 'kubectl logs {pod.write}{ns} -c {container}',
    requests: [
      'show the logs of the container {container} in the {pod}{ns}',
      'print the logs of the container {container} of the {pod}{ns}',
    ],
    rows: 10,
    heldOut: 1,
  },
  {
    command: 'kubectl logs {pod.write}{ns} --previous',
    requests: [
      'show the previous logs of the {pod}{ns}',
      'print the logs of the {pod}{ns} from before its restart',
    ],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl logs {pod.write}{ns} --since={since}',
    requests: [
      'show the logs of the {pod}{ns} from the last {since}',
      'print the last {since} of logs of the {pod}{ns}',
    ],
    rows: 11,
    heldOut: 1,
  },
  {
    command: 'kubectl logs {slashDeployment}{ns}',
    requests: ['show the logs of the {slashDeployment}{ns}', 'print the logs of the {slashDeployment}{ns}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl top pods{ns}',
    requests: ['show the CPU and memory use of the pods{ns}', 'how much CPU and memory do the pods{ns} use?'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl top pods{ns} --sort-by={resource}',
    requests: ['which pods{ns} use the most {resource}?', 'list the pods{ns} by {resource} use'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl top node {node.write}',
    requests: ['show the CPU and memory use of {node}', 'how much CPU and memory does {node} use?'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl explain {field}',
    requests: ['explain the field {field}', 'what does the field {field} mean?'],
    rows: 8,
    heldOut: 1,
  },
];
