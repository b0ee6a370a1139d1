import type { Intent } from './intent.ts';

/** Requests that only read: get, describe, logs, top, explain, events. */
export const inspectIntents: readonly Intent[] = [
  {
    command: 'kubectl get {kinds}{ns}',
    requests: [
      'list the {kinds}{ns}',
      'show me all {kinds}{ns}',
      'list all {kinds}{ns}',
      'which {kinds} exist{ns}?',
      'what {kinds} are there{ns}?',
      'get the {kinds}{ns}',
    ],
    rows: 20,
    heldOut: 3,
  },
  {
    command: 'kubectl get {kinds} -A',
    requests: [
      'list the {kinds} in all namespaces',
      'show me the {kinds} across all namespaces',
      'which {kinds} exist in all namespaces?',
      'get {kinds} from every namespace',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl get {object}{ns}',
    requests: ['show me the {object}{ns}', 'get the {object}{ns}', 'show the {object}{ns}'],
    rows: 10,
    heldOut: 2,
  },
  {
    command: 'kubectl get {object}{ns} -o yaml',
    requests: [
      'show the YAML of the {object}{ns}',
      'print the {object}{ns} as YAML',
      'what is the YAML of the {object}{ns}?',
      'get the {object}{ns} in YAML format',
    ],
    rows: 10,
    heldOut: 2,
  },
  {
    command: 'kubectl get {object}{ns} -o json',
    requests: [
      'show the JSON of the {object}{ns}',
      'print the {object}{ns} as JSON',
      'get the {object}{ns} in JSON format',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl get {kinds}{ns} -o wide',
    requests: [
      'list the {kinds}{ns} in wide format',
      'show me the {kinds}{ns} with wide output',
      'list the {kinds}{ns} with extra columns',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl get {kinds}{ns} --watch',
    requests: [
      'watch the {kinds}{ns}',
      'keep watching the {kinds}{ns}',
      'list the {kinds}{ns} and watch for changes',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl get {kinds}{ns} --show-labels',
    requests: [
      'list the {kinds}{ns} with their labels',
      'show me the labels of all {kinds}{ns}',
      'which labels do the {kinds}{ns} have?',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl get pods{ns} -l app={app}',
    requests: [
      'list the pods of the app {app}{ns}',
      'show me the pods labelled app={app}{ns}',
      'which pods belong to the app {app}{ns}?',
      'find the pods with the label app={app}{ns}',
    ],
    rows: 10,
    heldOut: 2,
  },
  {
    command: 'kubectl get pods{ns} --field-selector=status.phase={phase}',
    requests: [
      'list the {phase} pods{ns}',
      'show me all {phase} pods{ns}',
      'which pods are in the {phase} phase{ns}?',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl get pods -A --field-selector=spec.nodeName={node.write}',
    requests: ['list all pods on node {node.write}', 'which pods run on node {node.write}?'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl get {kinds}{ns} --sort-by=.metadata.creationTimestamp',
    requests: [
      'list the {kinds}{ns} sorted by age',
      'list the {kinds}{ns} by creation time',
      'show me the {kinds}{ns} ordered by creation time',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl get all{in}',
    requests: ['list everything{in}', 'show me everything{in}', 'what is there{in}?'],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl get nodes',
    requests: ['list the nodes', 'which nodes are in the cluster?', 'show me all nodes'],
    rows: 3,
    heldOut: 0,
  },
  {
    command: 'kubectl get namespaces',
    requests: ['list the namespaces', 'which namespaces exist?', 'show me all namespaces'],
    rows: 3,
    heldOut: 0,
  },
  {
    command: 'kubectl describe {object}{ns}',
    requests: [
      'describe the {object}{ns}',
      'show the details of the {object}{ns}',
      'give me the details of the {object}{ns}',
      'what are the details of the {object}{ns}?',
    ],
    rows: 16,
    heldOut: 3,
  },
  {
    command: 'kubectl describe node {node.write}',
    requests: ['describe {node}', 'show the details of {node}', 'what are the details of {node}?'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl logs {pod.write}{ns}',
    requests: [
      'show the logs of the {pod}{ns}',
      'print the logs of the {pod}{ns}',
      'what do the logs of the {pod}{ns} say?',
      'get the logs from the {pod}{ns}',
    ],
    rows: 12,
    heldOut: 2,
  },
  {
    command: 'kubectl logs {pod.write}{ns} --tail={lines}',
    requests: [
      'show the last {lines} log lines of the {pod}{ns}',
      'print the last {lines} lines of the logs of the {pod}{ns}',
      'tail {lines} lines of the logs of the {pod}{ns}',
    ],
    rows: 9,
    heldOut: 2,
  },
  {
    command: 'kubectl logs {pod.write}{ns} -f',
    requests: [
      'follow the logs of the {pod}{ns}',
      'stream the logs of the {pod}{ns}',
      'keep following the logs of the {pod}{ns}',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl logs {pod.write}{ns} -c {container}',
    requests: [
      'show the logs of the container {container} in the {pod}{ns}',
      'print the logs of the {container} container of the {pod}{ns}',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl logs {pod.write}{ns} --previous',
    requests: [
      'show the logs of the crashed container of the {pod}{ns}',
      'show the logs from before the last restart of the {pod}{ns}',
      'print the previous logs of the {pod}{ns}',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl logs {pod.write}{ns} --since={since}',
    requests: [
      'show the logs of the {pod}{ns} from the last {since}',
      'print the last {since} of logs of the {pod}{ns}',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl logs {slashDeployment}{ns}',
    requests: ['show the logs of the {slashDeployment}{ns}', 'print the logs of the {slashDeployment}{ns}'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl top pods{ns}',
    requests: [
      'show the CPU and memory use of the pods{ns}',
      'how much CPU and memory do the pods{ns} use?',
      'show me the resource usage of the pods{ns}',
    ],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl top pods{ns} --sort-by=memory',
    requests: [
      'which pods{ns} use the most memory?',
      'show the resource usage of the pods{ns} sorted by memory',
      'list the pods{ns} by memory use',
    ],
    rows: 5,
    heldOut: 1,
  },
  {
    command: 'kubectl top pods{ns} --sort-by=cpu',
    requests: [
      'which pods{ns} use the most CPU?',
      'show the resource usage of the pods{ns} sorted by CPU',
      'list the pods{ns} by CPU use',
    ],
    rows: 5,
    heldOut: 1,
  },
  {
    command: 'kubectl top node {node.write}',
    requests: [
      'show the CPU and memory use of {node}',
      'how much CPU and memory does {node} use?',
      'show me the resource usage of {node}',
    ],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl explain {field}',
    requests: [
      'explain the field {field}',
      'explain {field}',
      'what does the field {field} mean?',
      'show the documentation of {field}',
    ],
    rows: 9,
    heldOut: 1,
  },
];
