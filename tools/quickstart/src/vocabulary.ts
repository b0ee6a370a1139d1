import type { SeededRandom } from './seeded-random.ts';

/** What fills a slot: how a person says it in the request, and how it is written in the command. */
export interface Filler {
  readonly say: string;
  readonly write: string;
}

export type Slot = (random: SeededRandom) => Filler;

const apps = [
  'web',
  'api',
  'checkout',
  'payments',
  'billing',
  'search',
  'orders',
  'inventory',
  'login',
  'gateway',
  'frontend',
  'backend',
  'cart',
  'catalog',
  'profile',
  'mailer',
  'worker',
  'reports',
  'analytics',
  'ingest',
  'chat',
  'redis',
  'postgres',
  'kafka',
  'nginx',
  'grafana',
  'photos',
  'pricing',
  'shipping',
  'webhook',
] as const;

const namespaces = [
  'production',
  'staging',
  'dev',
  'test',
  'qa',
  'monitoring',
  'data',
  'platform',
  'ml',
  'logging',
  'security',
  'sandbox',
  'infra',
  'shop',
  'kube-system',
  'team-a',
  'team-b',
] as const;

const namespacedKinds: readonly (readonly [say: string, one: string, many: string])[] = [
  ['pod', 'pod', 'pods'],
  ['deployment', 'deployment', 'deployments'],
  ['service', 'service', 'services'],
  ['stateful set', 'statefulset', 'statefulsets'],
  ['daemon set', 'daemonset', 'daemonsets'],
  ['config map', 'configmap', 'configmaps'],
  ['secret', 'secret', 'secrets'],
  ['ingress', 'ingress', 'ingresses'],
  ['job', 'job', 'jobs'],
  ['cron job', 'cronjob', 'cronjobs'],
];

/** Names follow the kind, as they do in real clusters. */
const nameSuffix: Readonly<Record<string, readonly string[]>> = {
  configmap: ['-config', '-settings'],
  secret: ['-secret', '-tls'],
  ingress: ['-ingress'],
  job: ['-migration', '-import'],
  cronjob: ['-backup', '-cleanup'],
};

const hexDigits = '23456789bcdf';

function podName(random: SeededRandom): string {
  const app = random.pick(apps);
  if (random.next() < 0.6) return `${app}-${random.pick(['0', '1', '2', '3', '4'])}`;
  const hash = Array.from({ length: 3 }, () => random.pick([...hexDigits])).join('');
  return `${app}-${hash}`;
}

function nodeName(random: SeededRandom): string {
  const stem = random.pick(['node', 'worker', 'gpu-node', 'pool-a', 'pool-b']);
  return `${stem}-${1 + Math.floor(random.next() * 12)}`;
}

function nameOfKind(kind: string, random: SeededRandom): string {
  if (kind === 'pod') return podName(random);
  return `${random.pick(apps)}${random.pick(nameSuffix[kind] ?? [''])}`;
}

/** "deployment web" or "web deployment", written `deployment web` (separator a space) or `deployment/web`. */
function object(kinds: readonly string[], separator = ' '): Slot {
  return (random) => {
    const kind = random.pick(namespacedKinds.filter(([, one]) => kinds.includes(one)));
    const name = nameOfKind(kind[1], random);
    const say = random.next() < 0.6 ? `${kind[0]} ${name}` : `${name} ${kind[0]}`;
    return { say, write: `${kind[1]}${separator}${name}` };
  };
}

function sameWord(items: readonly string[]): Slot {
  return (random) => {
    const word = random.pick(items);
    return { say: word, write: word };
  };
}

function pairs(items: readonly (readonly [say: string, write: string])[]): Slot {
  return (random) => {
    const [say, write] = random.pick(items);
    return { say, write };
  };
}

const sayNamespace = (name: string, random: SeededRandom): string =>
  random.pick([` in the ${name} namespace`, ` in namespace ${name}`, ` in ${name}`]);

const allKinds = namespacedKinds.map(([, one]) => one);

/** Every slot that an intent may name in braces. */
export const slots: Readonly<Record<string, Slot>> = {
  /** A namespace that must be named. */
  in: (random) => {
    const name = random.pick(namespaces);
    return { say: sayNamespace(name, random), write: ` -n ${name}` };
  },
  /** A namespace in about half of the rows, else nothing on either side. */
  ns: (random) => {
    if (random.next() < 0.45) return { say: '', write: '' };
    const name = random.pick(namespaces);
    return { say: sayNamespace(name, random), write: ` -n ${name}` };
  },
  namespace: sameWord(namespaces),
  newNamespace: (random) => {
    const name = `${random.pick([...apps, 'team', 'demo'])}-${random.pick(['dev', 'staging', 'lab', 'blue', 'eu', 'us'])}`;
    return { say: name, write: name };
  },
  app: sameWord(apps),
  pod: (random) => {
    const name = podName(random);
    return { say: random.next() < 0.65 ? `pod ${name}` : `${name} pod`, write: name };
  },
  node: (random) => {
    const name = nodeName(random);
    return { say: random.next() < 0.7 ? `node ${name}` : name, write: name };
  },
  kinds: pairs(namespacedKinds.map(([say, , many]) => [say === 'ingress' ? 'ingresses' : `${say}s`, many])),
  object: object(allKinds),
  deployment: object(['deployment']),
  service: object(['service'], '/'),
  slashDeployment: object(['deployment'], '/'),
  scalable: object(['deployment', 'statefulset']),
  rollable: object(['deployment', 'statefulset', 'daemonset']),
  labelled: object(['pod', 'deployment', 'service']),
  container: sameWord(['app', 'proxy', 'sidecar', 'nginx', 'main', 'agent', 'exporter']),
  count: sameWord(['0', '1', '2', '3', '4', '5', '6', '7', '8', '10', '12']),
  lines: sameWord(['10', '20', '50', '100', '200', '500']),
  since: pairs([
    ['10 minutes', '10m'],
    ['30 minutes', '30m'],
    ['5 minutes', '5m'],
    ['hour', '1h'],
    ['2 hours', '2h'],
    ['6 hours', '6h'],
  ]),
  revision: sameWord(['2', '3', '4', '5', '6', '7', '8', '9']),
  min: sameWord(['1', '2', '3']),
  max: sameWord(['5', '6', '8', '10', '15', '20']),
  port: sameWord(['80', '443', '3000', '5000', '8000', '9090']),
  targetPort: sameWord(['8080', '8443', '3001', '5001', '9000']),
  localPort: sameWord(['8080', '8081', '9000', '5433', '7000']),
  image: sameWord([
    'nginx:1.27',
    'redis:7',
    'postgres:16',
    'busybox:1.36',
    'httpd:2.4',
    'python:3.12',
    'node:22',
    'alpine:3.20',
  ]),
  resource: pairs([
    ['CPU', 'cpu'],
    ['memory', 'memory'],
  ]),
  phase: pairs([
    ['pending', 'Pending'],
    ['failed', 'Failed'],
    ['running', 'Running'],
    ['succeeded', 'Succeeded'],
  ]),
  label: sameWord([
    'tier=frontend',
    'tier=backend',
    'env=prod',
    'env=test',
    'team=core',
    'team=search',
    'track=canary',
    'track=stable',
  ]),
  labelKey: sameWord(['tier', 'env', 'team', 'track', 'owner', 'zone']),
  nodeLabel: sameWord(['disk=ssd', 'disk=hdd', 'gpu=true', 'zone=a', 'zone=b', 'pool=batch', 'arch=arm64']),
  note: sameWord([
    'owner=alice',
    'owner=bob',
    'owner=carol',
    'contact=ops',
    'contact=sre',
    'reviewed=true',
    'ticket=4711',
    'ticket=815',
  ]),
  taint: sameWord([
    'dedicated=gpu:NoSchedule',
    'dedicated=batch:NoSchedule',
    'spot=true:NoSchedule',
    'maintenance=true:NoExecute',
    'disk=slow:PreferNoSchedule',
  ]),
  taintKey: sameWord(['dedicated', 'spot', 'maintenance', 'disk']),
  setting: sameWord([
    'LOG_LEVEL=debug',
    'LOG_LEVEL=info',
    'CACHE=off',
    'CACHE=on',
    'WORKERS=4',
    'WORKERS=8',
    'REGION=eu',
    'REGION=us',
  ]),
  literal: sameWord(['level=debug', 'mode=fast', 'color=blue', 'retries=5', 'timeout=30', 'theme=dark']),
  password: sameWord(['password=hunter2', 'token=abc123', 'user=admin', 'apikey=x9y8z7', 'password=s3cret']),
  manifest: (random) => {
    const name = `${random.pick(apps)}${random.pick(['.yaml', '.yaml', '-deployment.yaml', '-service.yaml'])}`;
    return { say: name, write: name };
  },
  folder: (random) => {
    const name = `${random.pick(['overlays', 'deploy', 'base'])}/${random.pick([...apps, 'production', 'staging'])}`;
    return { say: name, write: name };
  },
  textFile: (random) => {
    const name = `${random.pick(apps)}.${random.pick(['conf', 'ini', 'properties', 'toml'])}`;
    return { say: name, write: name };
  },
  path: (random) => {
    const path = `${random.pick(['/tmp', '/data', '/var/log', '/etc'])}/${random.pick(apps)}.${random.pick(['log', 'conf', 'txt'])}`;
    return { say: path, write: path };
  },
  localFile: (random) => {
    const name = `${random.pick(apps)}.${random.pick(['log', 'txt', 'sql', 'json'])}`;
    return { say: name, write: name };
  },
  shell: sameWord(['sh', 'bash']),
  program: sameWord(['env', 'ls /tmp', 'ls /data', 'date', 'df -h', 'ps aux', 'hostname', 'cat /etc/hosts']),
  schedule: pairs([
    ['every hour', '0 * * * *'],
    ['every day at midnight', '0 0 * * *'],
    ['every day at 3 am', '0 3 * * *'],
    ['every five minutes', '*/5 * * * *'],
    ['every Sunday at midnight', '0 0 * * 0'],
  ]),
  serviceType: sameWord(['NodePort', 'LoadBalancer', 'ClusterIP']),
  action: sameWord(['create', 'delete', 'list', 'update', 'get', 'watch', 'patch']),
  user: sameWord(['alice', 'bob', 'carol', 'dave', 'erin', 'frank']),
  account: sameWord(['builder', 'deployer', 'reader', 'ci-bot', 'scraper', 'operator', 'backup', 'auditor']),
  context: sameWord([
    'prod-eu',
    'prod-us',
    'staging-eu',
    'staging-us',
    'minikube',
    'kind-dev',
    'lab',
    'edge-1',
    'edge-2',
  ]),
  field: sameWord([
    'pod.spec',
    'pod.spec.containers',
    'pod.spec.volumes',
    'pod.status',
    'deployment.spec',
    'deployment.spec.strategy',
    'deployment.spec.template',
    'service.spec',
    'service.spec.ports',
    'job.spec',
    'cronjob.spec.schedule',
    'ingress.spec.rules',
    'configmap.data',
    'secret.type',
    'statefulset.spec',
    'node.status',
  ]),
};
