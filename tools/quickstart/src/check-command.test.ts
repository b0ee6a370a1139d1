import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCommandFault } from './check-command.ts';

test('valid commands pass', () => {
  for (const command of [
    'kubectl get pods',
    'kubectl get pods -n dev -l app=web',
    "kubectl create cronjob web -n qa --image=busybox:1.36 --schedule='*/5 * * * *'",
    'kubectl patch deployment web -n dev -p \'{"spec":{"replicas":3}}\'',
    'kubectl exec -it web-0 -n dev -- sh',
    'kubectl taint node node-1 dedicated=gpu:NoSchedule',
    'kubectl version',
  ]) {
    assert.equal(findCommandFault(command), undefined, command);
  }
});

test('invalid commands are named with their fault', () => {
  const faults: readonly (readonly [command: string, fault: RegExp])[] = [
    ['get pods', /does not start/],
    ['kubectl fetch pods', /unknown verb fetch/],
    ['kubectl get podz', /does not take "podz"/],
    ['kubectl get pods --namespaced=dev', /unknown flag --namespaced/],
    ['kubectl get pods -n', /bad value "undefined"/],
    ['kubectl get pods -n Dev', /bad value "Dev"/],
    ['kubectl get pods -n dev -n qa', /given twice/],
    ['kubectl get pods --watch=yes', /takes no value/],
    ['kubectl get  pods', /blank/],
    ["kubectl create cronjob web --schedule='* * *", /open quote/],
    ['kubectl scale deployment web', /needs --replicas/],
    ['kubectl scale daemonset web --replicas=2', /does not take/],
    ['kubectl exec web-0', /no program/],
    ['kubectl get pods -- sh', /unexpected --/],
    ['kubectl expose deployment web --port=0', /bad value "0"/],
    ['kubectl cordon', /does not take ""/],
  ];
  for (const [command, fault] of faults) assert.match(findCommandFault(command) ?? 'valid', fault, command);
});
