/**
 * The dependency rule: a package imports only packages of lower layers. So the engine knows no model, models know no
 * PEFT method, PEFT knows no trainer, and no service knows another.
 */
const layers: readonly (readonly string[])[] = [
  ['errors', 'contracts'],
  ['engine', 'tokenization', 'object-store', 'telemetry'],
  ['models', 'datasets', 'service-kit', 'kube'],
  ['peft'],
  ['training', 'generation'],
];

/** Tools may use every library and other tools; services use every library; nothing uses a service. */
const above = layers.length;

/** The layer of a workspace folder such as `libs/peft`; null for a library that has none yet. */
export function layerOf(folder: string): number | null {
  const [kind, name = ''] = folder.split('/');
  if (kind !== 'libs') return above;
  const index = layers.findIndex((layer) => layer.includes(name));
  return index < 0 ? null : index;
}

/** Why `from` must not import `to`, or null if it may. */
export function violation(from: string, to: string): string | null {
  const lower = layerOf(to);
  const upper = layerOf(from);
  if (lower === null || upper === null) return 'a library has no layer in tools/checks/src/layers.ts';
  if (to.startsWith('services/')) return 'services speak gRPC; nobody imports one';
  if (from.startsWith('services/') && to.startsWith('tools/')) return 'a service does not import a tool';
  if (from.startsWith('tools/') && to.startsWith('tools/')) return null;
  return lower < upper ? null : `${to} is not in a lower layer than ${from}`;
}
