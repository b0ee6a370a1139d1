/** Prefix tuning (Li and Liang 2021): trained keys and values before those of every sequence, in every layer. */
import { ops, type ProgramBuilder, type Value } from '@weft/engine';
import type { DecoderConfig } from '@weft/models';
import type { Adapter, AdapterParameter, ParameterValues, PrefixValues } from '../adapter.ts';
import { defineAdapter } from '../define-adapter.ts';
import { RandomStream } from '../random.ts';
import { keyValueFeatures, type PrefixConfig, writePrefixConfig } from './prefix-config.ts';
import {
  buildProjection,
  computeProjection,
  type ProjectionSizes,
  projectionParameters,
} from './projection.ts';

export interface PrefixContext {
  readonly model: DecoderConfig;
  readonly seed: number;
  /** Whether the network is trained; false for an adapter from a file, which holds only its results. */
  readonly trainsProjection: boolean;
}

/** The file's one tensor, without a module's prefix: [virtual tokens, layers * (keys, values)]. */
const prompt = 'prompt_embeddings';

export function createPrefix(config: PrefixConfig, context: PrefixContext): Adapter {
  const { model, seed, trainsProjection } = context;
  const features = keyValueFeatures(model);
  const outFeatures = 2 * model.layers * features;
  const tokens = config.virtualTokens;
  const network = config.hasProjection && trainsProjection;
  const sizes: ProjectionSizes = { tokens, features, hidden: config.hiddenSize, outFeatures };
  const parameters = network
    ? projectionParameters(sizes, seed)
    : [promptParameter(config, [tokens, outFeatures], seed)];
  const all = (values: ParameterValues): Float32Array =>
    network ? computeProjection(sizes, values) : values(prompt);
  const build = oncePerProgram((builder) =>
    network
      ? builder.region('prefix', () => buildProjection(builder, sizes))
      : builder.parameter(prompt, [tokens, outFeatures]),
  );
  return defineAdapter({
    method: 'prefix',
    targetModules: [],
    parameters,
    virtualTokens: tokens,
    hooks: () => ({
      keyValuePrefix(builder, layer) {
        const part = (index: number): Value =>
          builder.compute(ops.sliceColumns, [build(builder)], {
            attributes: { start: index * features, width: features },
          });
        return { keys: part(2 * layer), values: part(2 * layer + 1) };
      },
    }),
    prefixValues: (values) => splitByLayer(all(values), { tokens, features, layers: model.layers }),
    save: ({ values }) => ({
      config: writePrefixConfig(config, model),
      tensors: [{ key: prompt, shape: [tokens, outFeatures], values: all(values) }],
    }),
    merging: { unmergeable: 'a prefix is no change of weights' },
  });
}

function promptParameter(config: PrefixConfig, shape: readonly number[], seed: number): AdapterParameter {
  const length = shape.reduce((product, size) => product * size, 1);
  return {
    name: prompt,
    shape,
    isDecayed: true,
    initialise() {
      const random = new RandomStream(seed, prompt);
      return Float32Array.from({ length }, () => (config.startsAtZero ? 0 : random.normal()));
    },
    file: { key: prompt, shape, transposed: false },
  };
}

/** All layers cut their parts from one value. */
function oncePerProgram(build: (builder: ProgramBuilder) => Value): (builder: ProgramBuilder) => Value {
  const built = new WeakMap<ProgramBuilder, Value>();
  return (builder) => {
    const value = built.get(builder) ?? build(builder);
    built.set(builder, value);
    return value;
  };
}

interface LayerSizes {
  readonly tokens: number;
  readonly features: number;
  readonly layers: number;
}

function splitByLayer(all: Float32Array, { tokens, features, layers }: LayerSizes): PrefixValues {
  const width = 2 * layers * features;
  const part = (index: number): Float32Array => {
    const values = new Float32Array(tokens * features);
    for (let token = 0; token < tokens; token++) {
      const start = token * width + index * features;
      values.set(all.subarray(start, start + features), token * features);
    }
    return values;
  };
  return {
    tokens,
    layers: Array.from({ length: layers }, (_, layer) => ({
      keys: part(2 * layer),
      values: part(2 * layer + 1),
    })),
  };
}
