/** LoRA's files, as PEFT writes them; PiSSA and OLoRA leave as plain LoRA of twice the rank on the untouched base. */
import type { AdapterParameter } from '../adapter.ts';
import {
  type FileTensor,
  keyPrefix,
  parameterTensors,
  type SavedAdapter,
  type SaveSource,
} from '../files/saved-adapter.ts';
import type { BaseLayout } from '../module-sites.ts';
import { endsWithName, isAllLinear } from '../targets.ts';
import type { InitialFactors } from './initialisation.ts';
import { type LoraConfig, scalingOf } from './lora-config.ts';
import { writeLoraConfig } from './lora-peft-config.ts';
import type { LoraTarget } from './lora-target.ts';

export interface LoraSaveParts {
  readonly config: LoraConfig;
  readonly layout: BaseLayout;
  readonly targets: ReadonlyMap<string, LoraTarget>;
  readonly factors: InitialFactors;
  readonly parameters: readonly AdapterParameter[];
}

export function saveLora(parts: LoraSaveParts, source: SaveSource): SavedAdapter {
  const { config, layout, targets, factors, parameters } = parts;
  const isStoredTransposed = layout.sites.some((site) => site.storedTransposed);
  const explicit = explicitConfig(config, targets);
  const tensors = parameterTensors(parameters, source.values);
  const bases = embeddingBases(explicit, targets, source);
  if (![...targets.values()].some((target) => factors.isDecomposed(target))) {
    return { config: writeLoraConfig(explicit, { isStoredTransposed }), tensors: [...tensors, ...bases] };
  }
  const initial = initialByKey(targets.values(), factors, source);
  const widened = tensors.map((tensor) => widen(tensor, initial.get(tensor.key)));
  const doubled = doubledConfig(explicit);
  return { config: writeLoraConfig(doubled, { isStoredTransposed }), tensors: [...widened, ...bases] };
}

/** `all-linear` becomes full names; patterns too where PEFT, which sorts them, would let another one win. */
function explicitConfig(config: LoraConfig, targets: ReadonlyMap<string, LoraTarget>): LoraConfig {
  const names = [...targets.keys()];
  const named = isAllLinear(config.targetModules) ? { ...config, targetModules: names } : config;
  const sorted = (pattern: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(pattern).sort(([a], [b]) => (a < b ? -1 : 1)));
  const asRead = {
    ...named,
    rankPattern: sorted(named.rankPattern),
    alphaPattern: sorted(named.alphaPattern),
  };
  const isSame = [...targets.values()].every(({ site, rank, alpha }) => {
    const read = scalingOf(asRead, site.name);
    return read.rank === rank && read.alpha === alpha;
  });
  if (isSame) return named;
  const byName = (value: (target: LoraTarget) => number): Record<string, number> =>
    Object.fromEntries([...targets].map(([name, target]) => [name, value(target)]));
  return { ...named, rankPattern: byName(({ rank }) => rank), alphaPattern: byName(({ alpha }) => alpha) };
}

/** With rank 2r, alpha must grow so that the scaling stays: alpha / r, or with rsLoRA alpha / sqrt(r). */
function doubledConfig(config: LoraConfig): LoraConfig {
  const times = (pattern: Readonly<Record<string, number>>, factor: number): Record<string, number> =>
    Object.fromEntries(Object.entries(pattern).map(([key, value]) => [key, factor * value]));
  const growth = config.useRslora ? Math.SQRT2 : 2;
  return {
    ...config,
    rank: 2 * config.rank,
    alpha: growth * config.alpha,
    rankPattern: times(config.rankPattern, 2),
    alphaPattern: times(config.alphaPattern, growth),
    initialization: 'default',
  };
}

interface Initial {
  readonly part: 'A' | 'B';
  readonly rank: number;
  /** Null where the target starts from nothing of the base. */
  readonly values: Float32Array | null;
}

function initialByKey(
  targets: Iterable<LoraTarget>,
  factors: InitialFactors,
  source: SaveSource,
): ReadonlyMap<string, Initial> {
  const initial = new Map<string, Initial>();
  for (const target of targets) {
    const { rank } = target;
    const values = factors.isDecomposed(target) ? factors.of(target, source.base) : null;
    initial.set(`${keyPrefix}${target.a}`, { part: 'A', rank, values: values?.a ?? null });
    initial.set(`${keyPrefix}${target.b}`, { part: 'B', rank, values: values?.b ?? null });
  }
  return initial;
}

/** A' = [A; A0] and B' = [B, -B0], so that B' A' = B A - B0 A0; an embedding, which has no A0, gets zeros. */
function widen(tensor: FileTensor, initial: Initial | undefined): FileTensor {
  if (initial === undefined) return tensor;
  const { part, rank, values } = initial;
  const [rows = 0, columns = 0] = tensor.shape;
  const wide = new Float32Array(2 * tensor.values.length);
  if (part === 'A') {
    wide.set(tensor.values);
    if (values !== null) wide.set(values, tensor.values.length);
    return { ...tensor, shape: [2 * rank, columns], values: wide };
  }
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < rank; k++) {
      wide[row * 2 * rank + k] = tensor.values[row * rank + k] ?? 0;
      wide[row * 2 * rank + rank + k] = -(values?.[row * rank + k] ?? 0);
    }
  }
  return { ...tensor, shape: [rows, 2 * rank], values: wide };
}

/** PEFT saves the base of targeted embeddings beside the factors, where it knows them by these names. */
const embeddingNames = ['embed_tokens', 'lm_head'];

function embeddingBases(
  { targetModules }: LoraConfig,
  targets: ReadonlyMap<string, LoraTarget>,
  { base }: SaveSource,
): readonly FileTensor[] {
  const tables = [...targets.values()].filter(({ site, isEmbedding }) => isEmbedding || site.isHead);
  const isNamed =
    typeof targetModules === 'string'
      ? tables.some(({ site }) => embeddingNames.some((name) => endsWithName(site.name, name)))
      : embeddingNames.some((name) => targetModules.includes(name));
  if (!isNamed) return [];
  return tables.map(({ site }) => ({
    key: `${keyPrefix}${site.name}.base_layer.weight`,
    shape: [site.outFeatures, site.inFeatures],
    values: base.read(`${site.name}.weight`),
  }));
}
