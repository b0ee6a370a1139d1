/**
 * The part of kubectl's command line that the data uses, written from kubectl's reference and not from the
 * templates: a typing error in a template must not pass as a new kind of command.
 */

/** What may follow a flag: `true` for a flag without a value, else the whole value. */
export type FlagRule = true | RegExp;

export interface VerbRule {
  /** All arguments that are no flags, joined by one space. */
  readonly positionals: RegExp;
  readonly flags: Readonly<Record<string, FlagRule>>;
  /** Flags of which at least one must be there. */
  readonly needs?: readonly string[];
  /** Whether a program may follow after `--`, or must. */
  readonly program?: 'allowed' | 'required';
}

const word = '[a-z0-9]([a-z0-9.-]*[a-z0-9])?';
const kind =
  '(pod|deployment|service|statefulset|daemonset|configmap|secret|ingress|job|cronjob|node|namespace)';
const kinds =
  '(pods|deployments|services|statefulsets|daemonsets|configmaps|secrets|ingresses|jobs|cronjobs|nodes|namespaces|all)';
const image = /^[a-z][a-z0-9./-]*:[a-z0-9.]+$/;
const number = /^\d+$/;
const port = /^([1-9]\d{0,4})$/;
const duration = /^\d+(s|m|h)$/;
const file = /^[A-Za-z0-9._/-]+\.(yaml|yml|json|conf|ini|properties|toml)$/;
const keyValue = /^[A-Za-z][A-Za-z0-9_.-]*=[A-Za-z0-9_.-]+$/;
const name = new RegExp(`^${word}$`);
const selector = /^[a-z]+=[a-z0-9-]+$/;

const namespaceFlag = { '-n': name } as const;

const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const rule = (
  positionals: string,
  flags: Record<string, FlagRule> = {},
  rest: Partial<VerbRule> = {},
): VerbRule => ({
  positionals: whole(positionals),
  flags,
  ...rest,
});

const object = `${kind} ${word}`;
const workload = `(deployment|statefulset|daemonset) ${word}`;
const metadataChange = `${object} ([a-z]+=[a-z0-9-]+|[a-z]+-)`;

/** Keys are the verb, or verb and subcommand. */
export const kubectlVerbs: Readonly<Record<string, VerbRule>> = {
  get: rule(`(${kinds}|${object})`, {
    ...namespaceFlag,
    '-A': true,
    '-o': /^(yaml|json|wide|name)$/,
    '-l': selector,
    '--watch': true,
    '--show-labels': true,
    '--field-selector': /^(status\.phase=(Pending|Running|Succeeded|Failed)|spec\.nodeName=[a-z0-9-]+)$/,
    '--sort-by': /^\.metadata\.(creationTimestamp|name)$/,
  }),
  describe: rule(object, namespaceFlag),
  logs: rule(`((deployment|job)/)?${word}`, {
    ...namespaceFlag,
    '--tail': number,
    '--since': duration,
    '--previous': true,
    '-f': true,
    '-c': name,
  }),
  'top pods': rule('', { ...namespaceFlag, '--sort-by': /^(cpu|memory)$/ }),
  'top node': rule(word),
  explain: rule(
    '(pod|deployment|service|statefulset|job|cronjob|ingress|configmap|secret|node)(\\.[a-zA-Z]+)+',
  ),
  scale: rule(
    workload.replace('|daemonset', ''),
    { ...namespaceFlag, '--replicas': number },
    { needs: ['--replicas'] },
  ),
  'rollout restart': rule(workload, namespaceFlag),
  'rollout status': rule(workload, namespaceFlag),
  'rollout history': rule(workload, namespaceFlag),
  'rollout undo': rule(workload, { ...namespaceFlag, '--to-revision': number }),
  'rollout pause': rule(`deployment ${word}`, namespaceFlag),
  'rollout resume': rule(`deployment ${word}`, namespaceFlag),
  'set image': rule(`${workload} ${word}=[a-z][a-z0-9./-]*:[a-z0-9.]+`, namespaceFlag),
  'set env': rule(`${workload} [A-Z_]+=[A-Za-z0-9]+`, namespaceFlag),
  'set resources': rule(
    workload,
    { ...namespaceFlag, '--limits': /^cpu=\d+m?,memory=\d+(Mi|Gi)$/ },
    { needs: ['--limits'] },
  ),
  autoscale: rule(
    `deployment ${word}`,
    { ...namespaceFlag, '--min': number, '--max': number, '--cpu-percent': /^[1-9]\d?$/ },
    { needs: ['--max'] },
  ),
  expose: rule(
    `deployment ${word}`,
    {
      ...namespaceFlag,
      '--port': port,
      '--target-port': port,
      '--type': /^(ClusterIP|NodePort|LoadBalancer)$/,
    },
    { needs: ['--port'] },
  ),
  patch: rule(object, { ...namespaceFlag, '-p': /^\{.+\}$/ }, { needs: ['-p'] }),
  wait: rule(
    object,
    {
      ...namespaceFlag,
      '--for': /^condition=(Ready|Available|Complete)$/,
      '--timeout': duration,
    },
    { needs: ['--for'] },
  ),
  exec: rule(word, { ...namespaceFlag, '-it': true, '-c': name }, { program: 'required' }),
  'port-forward': rule(`(pod|service|deployment)/${word} \\d+:\\d+`, namespaceFlag),
  cp: rule(`(${word}:/[a-z0-9./-]+ [a-z0-9./-]+|[a-z0-9./-]+ ${word}:/[a-z0-9./-]+)`),
  apply: rule(
    '',
    { ...namespaceFlag, '-f': file, '-k': /^[a-z0-9/-]+$/, '--dry-run': /^(server|client)$/ },
    { needs: ['-f', '-k'] },
  ),
  diff: rule('', { '-f': file }, { needs: ['-f'] }),
  delete: rule(`(${object}|${kinds}|)`, {
    ...namespaceFlag,
    '-f': file,
    '-l': selector,
    '--all': true,
    '--force': true,
    '--grace-period': number,
  }),
  'create namespace': rule(word),
  'create deployment': rule(
    word,
    { ...namespaceFlag, '--image': image, '--replicas': number },
    { needs: ['--image'] },
  ),
  'create configmap': rule(
    word,
    { ...namespaceFlag, '--from-literal': keyValue, '--from-file': file },
    { needs: ['--from-literal', '--from-file'] },
  ),
  'create secret generic': rule(
    word,
    { ...namespaceFlag, '--from-literal': keyValue },
    { needs: ['--from-literal'] },
  ),
  'create serviceaccount': rule(word, namespaceFlag),
  'create token': rule(word, namespaceFlag),
  'create job': rule(
    word,
    { ...namespaceFlag, '--from': whole(`cronjob/${word}`), '--image': image },
    { needs: ['--from', '--image'] },
  ),
  'create cronjob': rule(
    word,
    { ...namespaceFlag, '--image': image, '--schedule': /^[\d*/]+( [\d*/]+){4}$/ },
    { needs: ['--schedule'] },
  ),
  run: rule(
    word,
    { ...namespaceFlag, '--image': image, '--rm': true, '-it': true, '--port': port },
    { needs: ['--image'], program: 'allowed' },
  ),
  edit: rule(object, namespaceFlag),
  label: rule(metadataChange, { ...namespaceFlag, '--overwrite': true }),
  annotate: rule(metadataChange, namespaceFlag),
  cordon: rule(word),
  uncordon: rule(word),
  drain: rule(word, { '--ignore-daemonsets': true, '--delete-emptydir-data': true }),
  taint: rule(`node ${word} ([a-z]+=[a-z]+:(NoSchedule|NoExecute|PreferNoSchedule)|[a-z]+-)`),
  'auth can-i': rule(`(get|list|watch|create|update|patch|delete) ${kinds}`, {
    ...namespaceFlag,
    '--as': name,
  }),
  'config use-context': rule(word),
  'config set-context': rule('', { '--current': true, '--namespace': name }, { needs: ['--namespace'] }),
  'config current-context': rule(''),
  'config get-contexts': rule(''),
  'config view': rule(''),
  'cluster-info': rule(''),
  version: rule(''),
  'api-resources': rule(''),
};
