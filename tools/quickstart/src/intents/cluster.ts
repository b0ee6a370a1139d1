import type { Intent } from './intent.ts';

/** Requests about the cluster itself: nodes, taints, permissions, contexts. */
export const clusterIntents: readonly Intent[] = [
  {
    command: 'kubectl cordon {node.write}',
    requests: ['cordon {node}', 'mark {node} as unschedulable'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl uncordon {node.write}',
    requests: ['uncordon {node}', 'mark {node} as schedulable'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl drain {node.write} --ignore-daemonsets',
    requests: ['drain {node} and ignore daemon sets', 'drain {node} while ignoring daemon sets'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl taint node {node.write} {taint}',
    requests: ['taint {node} with {taint}', 'add the taint {taint} to {node}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl taint node {node.write} {taintKey}-',
    requests: ['remove the taint {taintKey} from {node}'],
    rows: 7,
    heldOut: 1,
  },
  {
    command: 'kubectl label node {node.write} {nodeLabel}',
    requests: ['label {node} with {nodeLabel}', 'add the label {nodeLabel} to {node}'],
    rows: 9,
    heldOut: 1,
  },
  {
    command: 'kubectl auth can-i {action} {kinds}{ns}',
    requests: ['can I {action} {kinds}{ns}?', 'am I allowed to {action} {kinds}{ns}?'],
    rows: 12,
    heldOut: 2,
  },
  {
    command: 'kubectl auth can-i {action} {kinds}{ns} --as={user}',
    requests: [
      'can the user {user} {action} {kinds}{ns}?',
      'is the user {user} allowed to {action} {kinds}{ns}?',
    ],
    rows: 11,
    heldOut: 1,
  },
  {
    command: 'kubectl config use-context {context}',
    requests: ['switch to the context {context}', 'use the context {context}'],
    rows: 6,
    heldOut: 1,
  },
  {
    command: 'kubectl config set-context --current --namespace={namespace}',
    requests: ['make {namespace} the default namespace', 'set the default namespace to {namespace}'],
    rows: 8,
    heldOut: 1,
  },
  {
    command: 'kubectl config current-context',
    requests: ['show the current context', 'what is my current context?'],
    rows: 3,
    heldOut: 0,
  },
  {
    command: 'kubectl config get-contexts',
    requests: ['list all contexts', 'which contexts do I have?'],
    rows: 3,
    heldOut: 0,
  },
  {
    command: 'kubectl cluster-info',
    requests: ['show information about the cluster'],
    rows: 2,
    heldOut: 0,
  },
  {
    command: 'kubectl version',
    requests: ['show the version of Kubernetes'],
    rows: 2,
    heldOut: 0,
  },
];
