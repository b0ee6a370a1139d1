/** The modules of a base model that methods can target, found by building the model once with hooks that only look. */
import { type BaseModel, buildLossProgram, embeddingModule, type ModelHooks } from '@weft/models';
import type { ModuleSite } from './base-tensors.ts';

const conv1d = /\.(c_attn|c_proj|c_fc)$/;

export interface BaseLayout {
  /** In the order in which the model computes them; embeddings first, the head last. */
  readonly sites: readonly ModuleSite[];
  /** Shapes of all base tensors by name, in the engine's layout; of tied ones the embeddings alone. */
  readonly tensors: ReadonlyMap<string, readonly number[]>;
}

export function describeBase(model: BaseModel): BaseLayout {
  const { config } = model;
  const linears = new Map<string, ModuleSite>();
  const tensors = new Map<string, readonly number[]>();
  const look: ModelHooks = {
    tensor(_, name, shape) {
      tensors.set(name, shape);
      return null;
    },
    linear(_, { name, layer, inFeatures, outFeatures }) {
      const storedTransposed = config.architecture === 'gpt2' && conv1d.test(name);
      const hasBias = tensors.has(`${name}.bias`);
      const sizes = { name, layer, inFeatures, outFeatures };
      linears.set(name, { ...sizes, kind: 'linear', hasBias, storedTransposed, isHead: false });
      return null;
    },
  };
  buildLossProgram(config, { hooks: [look], training: false });
  if (config.tiedHead) tensors.delete('lm_head.weight');
  const { vocabularySize, hiddenSize } = config;
  const rest = { hasBias: false, storedTransposed: false, layer: null };
  const sizes = { inFeatures: hiddenSize, outFeatures: vocabularySize };
  const embedding: ModuleSite = {
    name: embeddingModule(config),
    kind: 'embedding',
    ...sizes,
    ...rest,
    isHead: false,
  };
  const head: ModuleSite = { name: 'lm_head', kind: 'linear', ...sizes, ...rest, isHead: true };
  const known = new Set([embedding.name, head.name, ...linears.keys()]);
  const others = [...tensors].flatMap(([name, shape]) => otherModule(name, shape, { known, tensors }));
  return { sites: [embedding, ...linears.values(), ...others, head], tensors };
}

interface Seen {
  readonly known: ReadonlySet<string>;
  readonly tensors: ReadonlyMap<string, readonly number[]>;
}

/** Norms and learnt positions: what has a weight and is neither linear nor embedding. */
function otherModule(tensor: string, shape: readonly number[], seen: Seen): readonly ModuleSite[] {
  const name = tensor.replace(/\.weight$/, '');
  if (name === tensor || seen.known.has(name)) return [];
  const [rows = 1, columns] = shape;
  const layer = /\.(\d+)\./.exec(name)?.[1];
  return [
    {
      name,
      kind: columns === undefined ? 'norm' : 'positions',
      layer: layer === undefined ? null : Number(layer),
      inFeatures: columns ?? rows,
      outFeatures: rows,
      hasBias: seen.tensors.has(`${name}.bias`),
      storedTransposed: false,
      isHead: false,
    },
  ];
}
