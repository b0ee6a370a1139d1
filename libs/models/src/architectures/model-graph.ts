/** The surroundings in which an architecture is built: one Program, its shared inputs, and the methods that intercept. */
import { ops, type ProgramBuilder, type Value } from '@weft/engine';
import type { DecoderConfig } from './decoder-config.ts';

/** A product with a base weight that an adapter may change. */
export interface LinearSite {
  /** Hugging Face module name, e.g. `model.layers.3.self_attn.q_proj`. */
  readonly name: string;
  /** The layer it lies in, null outside of layers. */
  readonly layer: number | null;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** The input, [rows, inFeatures]. */
  readonly x: Value;
  /** The base's own result for `x` or for a changed input: x Wᵀ + b. */
  base(x?: Value): Value;
}

export interface EmbeddingSite {
  readonly name: string;
  readonly vocabularySize: number;
  readonly features: number;
  readonly ids: Value;
  base(): Value;
}

export interface HeadSite {
  readonly name: 'lm_head';
  /** [rows, inFeatures] */
  readonly x: Value;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** What an adapted head adds to its logits: input [rows, rank], scaling included, times weight [vocabulary, rank] transposed. */
export interface HeadLowRank {
  readonly input: Value;
  readonly weight: Value;
}

export interface KeyValuePrefix {
  /** [virtual tokens, kvHeads * headDim], after rotation, as they stand in a cache. */
  readonly keys: Value;
  readonly values: Value;
}

/** What a fine-tuning method may do while a model is built. All parts are optional; null means: as without me. */
export interface ModelHooks {
  /** A base tensor by its name in the checkpoint, for instance as a trainable parameter. */
  tensor?(builder: ProgramBuilder, name: string, shape: readonly number[]): Value | null;
  linear?(builder: ProgramBuilder, site: LinearSite): Value | null;
  embedding?(builder: ProgramBuilder, site: EmbeddingSite): Value | null;
  keyValuePrefix?(builder: ProgramBuilder, layer: number): KeyValuePrefix | null;
  headLowRank?(builder: ProgramBuilder, site: HeadSite): HeadLowRank | null;
}

export interface AttentionInputs {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

export interface LinearOptions {
  readonly layer: number | null;
  readonly outFeatures: number;
  readonly inFeatures: number;
  readonly bias: boolean;
}

export class ModelGraph {
  readonly builder: ProgramBuilder;
  readonly config: DecoderConfig;
  readonly cached: boolean;
  readonly ids: Value;
  readonly positions: Value;
  readonly sequenceStarts: Value;
  readonly ropeTable: Value | null;
  readonly #hooks: readonly ModelHooks[];

  constructor(
    builder: ProgramBuilder,
    config: DecoderConfig,
    options: { hooks: readonly ModelHooks[]; cached: boolean },
  ) {
    this.builder = builder;
    this.config = config;
    this.cached = options.cached;
    this.#hooks = options.hooks;
    this.ids = builder.input('ids', ['tokens'], 'i32');
    this.positions = builder.input('positions', ['tokens'], 'i32');
    this.sequenceStarts = builder.input('sequenceStarts', ['sequenceBounds'], 'i32');
    this.ropeTable = config.rope === null ? null : this.#buildRopeTable(config.rope);
  }

  tensor(name: string, ...shape: readonly number[]): Value {
    for (const hooks of this.#hooks) {
      const value = hooks.tensor?.(this.builder, name, shape) ?? null;
      if (value !== null) return value;
    }
    return this.builder.weight(name, shape);
  }

  linear(name: string, x: Value, options: LinearOptions): Value {
    const weight = this.tensor(`${name}.weight`, options.outFeatures, options.inFeatures);
    const bias = options.bias ? this.tensor(`${name}.bias`, options.outFeatures) : null;
    let base = (input: Value): Value =>
      this.builder.compute(ops.linear, [input, weight, bias, null], { attributes: { alpha: 1 } });
    for (const hooks of this.#hooks) {
      if (hooks.linear === undefined) continue;
      const inner = base;
      const intercept = hooks.linear.bind(hooks);
      base = (input) => {
        const { layer, inFeatures, outFeatures } = options;
        const site = {
          name,
          layer,
          inFeatures,
          outFeatures,
          x: input,
          base: (changed = input): Value => inner(changed),
        };
        return intercept(this.builder, site) ?? inner(input);
      };
    }
    return base(x);
  }

  embedding(name: string): Value {
    const { vocabularySize, hiddenSize } = this.config;
    const table = this.tensor(`${name}.weight`, vocabularySize, hiddenSize);
    const base = (): Value => this.builder.compute(ops.embedding, [table, this.ids]);
    for (const hooks of this.#hooks) {
      const site = { name, vocabularySize, features: hiddenSize, ids: this.ids, base };
      const value = hooks.embedding?.(this.builder, site) ?? null;
      if (value !== null) return value;
    }
    return base();
  }

  rmsNorm(name: string, x: Value, width: number): Value {
    const weight = this.tensor(`${name}.weight`, width);
    return this.builder.compute(ops.rmsNorm, [x, weight], {
      attributes: { epsilon: this.config.normEpsilon },
    });
  }

  layerNorm(name: string, x: Value): Value {
    const weight = this.tensor(`${name}.weight`, this.config.hiddenSize);
    const bias = this.tensor(`${name}.bias`, this.config.hiddenSize);
    return this.builder.compute(ops.layerNorm, [x, weight, bias], {
      attributes: { epsilon: this.config.normEpsilon },
    });
  }

  rotate(x: Value): Value {
    if (this.ropeTable === null) return x;
    const attributes = { headDim: this.config.headDim, inverse: 0 };
    return this.builder.compute(ops.rope, [x, this.ropeTable], { attributes });
  }

  attention(layer: number, { q, k, v }: AttentionInputs): Value {
    const { heads, kvHeads, headDim, attentionScale, windows } = this.config;
    const attributes = { heads, kvHeads, headDim, scale: attentionScale, window: windows[layer] ?? 0 };
    if (this.cached) {
      const cache = [`cache.${layer}.keys`, `cache.${layer}.values`].map((name) =>
        this.builder.state(name, ['cacheRows', kvHeads * headDim]),
      );
      const slots = ['cacheStarts', 'cacheLengths'].map((name) =>
        this.builder.input(name, ['sequences'], 'i32'),
      );
      return this.builder.compute(ops.cachedAttention, [q, k, v, ...cache, this.sequenceStarts, ...slots], {
        attributes,
      });
    }
    const prefix = this.#prefix(layer);
    const inputs = [q, k, v, this.sequenceStarts, prefix?.keys ?? null, prefix?.values ?? null];
    return this.builder.compute(ops.attention, inputs, { attributes });
  }

  add(a: Value, b: Value): Value {
    return this.builder.compute(ops.add, [a, b]);
  }

  headLowRank(x: Value): HeadLowRank | null {
    const { hiddenSize, vocabularySize } = this.config;
    const site = { name: 'lm_head', x, inFeatures: hiddenSize, outFeatures: vocabularySize } as const;
    for (const hooks of this.#hooks) {
      const lowRank = hooks.headLowRank?.(this.builder, site) ?? null;
      if (lowRank !== null) return lowRank;
    }
    return null;
  }

  #prefix(layer: number): KeyValuePrefix | null {
    for (const hooks of this.#hooks) {
      const prefix = hooks.keyValuePrefix?.(this.builder, layer) ?? null;
      if (prefix !== null) return prefix;
    }
    return null;
  }

  #buildRopeTable(rope: NonNullable<DecoderConfig['rope']>): Value {
    const frequencies = this.builder.weight(ropeFrequenciesName, [rope.frequencies.length]);
    const attributes = { scaling: rope.attentionScaling };
    return this.builder.compute(ops.ropeTable, [this.positions, frequencies], { attributes });
  }
}

/** A weight that comes from the config and not from the checkpoint. */
export const ropeFrequenciesName = 'rope.frequencies';
