import type { Intent } from './intent.ts';

/** Requests about the cluster itself: nodes, taints, permissions, contexts. */
export const clusterIntents: readonly Intent[] = [
  {
    command: 'kubectl cordon {node.write}',
    requests: ['cordon {node}', 'mark {node} as unschedulable', 'stop scheduling new pods on {node}'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl uncordon {node.write}',
    requests: ['uncordon {node}', 'mark {node} as schedulable again', 'allow new pods on {node} again'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl drain {node.write} --ignore-daemonsets',
    requests: [
      'drain {node} and ignore daemon sets',
      'drain {node} while ignoring daemon sets',
      'evict all pods from {node}, ignoring daemon sets',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl drain {node.write} --ignore-daemonsets --delete-emptydir-data',
    requests: [
      'drain {node}, ignore daemon sets and delete emptyDir data',
      'drain {node} with its emptyDir data, ignoring daemon sets',
    ],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl taint node {node.write} {taint}',
    requests: [
      'taint {node} with {taint}',
      'add the taint {taint} to {node}',
      'put the taint {taint} on {node}',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl taint node {node.write} {taintKey}-',
    requests: ['remove the taint {taintKey} from {node}', 'delete the {taintKey} taint of {node}'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl label node {node.write} {nodeLabel}',
    requests: ['label {node} with {nodeLabel}', 'add the label {nodeLabel} to {node}'],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl auth can-i {action} {kinds}{ns}',
    requests: [
      'can I {action} {kinds}{ns}?',
      'am I allowed to {action} {kinds}{ns}?',
      'check whether I may {action} {kinds}{ns}',
    ],
    rows: 10,
    heldOut: 2,
  },
  {
    command: 'kubectl auth can-i {action} {kinds}{ns} --as={user}',
    requests: [
      'can the user {user} {action} {kinds}{ns}?',
      'is {user} allowed to {action} {kinds}{ns}?',
      'check whether {user} may {action} {kinds}{ns}',
    ],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl config use-context {context}',
    requests: [
      'switch to the context {context}',
      'use the {context} context',
      'change the context to {context}',
    ],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl config set-context --current --namespace={namespace}',
    requests: [
      'make {namespace} the default namespace',
      'set the default namespace to {namespace}',
      'switch to the namespace {namespace}',
    ],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl config current-context',
    requests: ['which context am I using?', 'show the current context', 'what is my current context?'],
    rows: 3,
    heldOut: 0,
  },
  {
    command: 'kubectl config get-contexts',
    requests: ['list all contexts', 'which contexts do I have?', 'show me the available contexts'],
    rows: 3,
    heldOut: 0,
  },
  {
    command: 'kubectl config view',
    requests: ['show my kubeconfig', 'print the kubectl configuration'],
    rows: 2,
    heldOut: 0,
  },
  {
    command: 'kubectl cluster-info',
    requests: ['show information about the cluster', 'what is the address of the cluster?'],
    rows: 2,
    heldOut: 0,
  },
  {
    command: 'kubectl version',
    requests: ['which version of Kubernetes is running?', 'show the kubectl version'],
    rows: 2,
    heldOut: 0,
  },
  {
    command: 'kubectl api-resources',
    requests: ['list all resource types', 'which resource types does the cluster know?'],
    rows: 2,
    heldOut: 0,
  },
];
