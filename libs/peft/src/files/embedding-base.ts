/** PEFT saves the base of targeted embeddings, and would put it in place of the model's; it has to be the model's own. */
import { WeftError } from '@weft/errors';
import { type BaseModel, readTensor, type TensorEntry } from '@weft/models';
import type { Adapter } from '../adapter.ts';
import type { BaseLayout } from '../module-sites.ts';
import { keyPrefix } from './saved-adapter.ts';

export interface EmbeddingBase {
  readonly key: string;
  readonly shape: readonly number[];
  /** The base's tensor. */
  readonly tensor: string;
}

/** Those that an adapter's file may hold. */
export function embeddingBases({ targetModules }: Adapter, { sites }: BaseLayout): readonly EmbeddingBase[] {
  return sites
    .filter((site) => (site.kind === 'embedding' || site.isHead) && targetModules.includes(site.name))
    .map(({ name, outFeatures, inFeatures }) => ({
      key: `${keyPrefix}${name}.base_layer.weight`,
      shape: [outFeatures, inFeatures],
      tensor: `${name}.weight`,
    }));
}

const plain = new Set(['F32', 'F16', 'BF16']);

/** Either side may have been rounded to bfloat16, whose steps are 2^-8 of a value. */
const roundings = 2 ** -7;

/**
 * A quantised base has no values to compare with.
 *
 * @throws WeftError `ADAPTER_OTHER_BASE`.
 */
export async function requireSameBase(
  entry: TensorEntry,
  { model, tensor, signal }: { model: BaseModel; tensor: string; signal: AbortSignal },
): Promise<void> {
  const own = model.entry(tensor);
  if (own === null || !plain.has(own.dtype)) return;
  const [theirs, ours] = [await readTensor(entry, signal), await readTensor(own, signal)];
  const at = theirs.findIndex((value, i) => {
    const other = ours[i] ?? 0;
    return !(Math.abs(value - other) <= roundings * Math.max(Math.abs(value), Math.abs(other)) + 1e-6);
  });
  if (at === -1) return;
  throw new WeftError({
    code: 'ADAPTER_OTHER_BASE',
    kind: 'invalid',
    message: `${entry.path}: ${entry.name} is not the model's ${tensor}; the adapter belongs to another base`,
    field: entry.name,
    value: `${theirs[at]} at ${at}, the model has ${ours[at]}`,
    remedy: 'use the base model that the adapter was trained on',
  });
}
