/** LoRA in a Program (Hu et al. 2021, section 4.1): y = W x + s B A dropout(x), with W frozen. */
import { ops, type ProgramBuilder, type Value } from '@weft/engine';
import type { EmbeddingSite, LinearSite, ModelHooks } from '@weft/models';
import type { TrainedBase } from '../trained-base-tensors.ts';
import { frozenNames } from './frozen-factors.ts';
import type { InitialFactors } from './initialisation.ts';
import type { LoraTarget } from './lora-target.ts';

export interface LoraHooksOptions {
  readonly targets: ReadonlyMap<string, LoraTarget>;
  readonly factors: InitialFactors;
  readonly trainedBase: TrainedBase;
  /** 0 where nothing is trained. */
  readonly dropout: number;
}

/** The output head: its product and the loss are one op, which adds the low-rank part itself. */
export interface HeadSite {
  readonly name: string;
  readonly x: Value;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** Added to the head's logits: `input` [rows, r], already scaled, times `weight` [vocabulary, r] transposed. */
export interface HeadLowRank {
  readonly input: Value;
  readonly weight: Value;
}

export interface LoraModelHooks extends ModelHooks {
  headLowRank(builder: ProgramBuilder, site: HeadSite): HeadLowRank | null;
}

export function loraHooks(options: LoraHooksOptions): LoraModelHooks {
  const { targets, trainedBase } = options;
  return {
    tensor: trainedBase.tensor,
    linear(builder, site) {
      const target = targets.get(site.name);
      return target === undefined ? null : new LinearAdaptation(builder, target, options).apply(site);
    },
    embedding(builder, site) {
      const target = targets.get(site.name);
      return target === undefined
        ? trainedBase.embedding(builder, site)
        : adaptEmbedding(builder, site, target);
    },
    headLowRank(builder, site) {
      const target = targets.get(site.name);
      return target === undefined ? null : new LinearAdaptation(builder, target, options).lowRank(site.x);
    },
  };
}

interface Product {
  readonly alpha: number;
  readonly bias: Value | null;
  readonly addend: Value | null;
}

const plain: Product = { alpha: 1, bias: null, addend: null };

class LinearAdaptation {
  readonly #builder: ProgramBuilder;
  readonly #target: LoraTarget;
  readonly #options: LoraHooksOptions;

  constructor(builder: ProgramBuilder, target: LoraTarget, options: LoraHooksOptions) {
    this.#builder = builder;
    this.#target = target;
    this.#options = options;
  }

  apply(site: LinearSite): Value {
    const { scaling, b, fanOut, rank, bias } = this.#target;
    const addend = this.#withoutInitial(site);
    const added = bias === null ? null : this.#builder.parameter(bias, [fanOut]);
    const weight = this.#builder.parameter(b, [fanOut, rank]);
    return this.#product(this.#inner(site.x, 1), weight, { alpha: scaling, bias: added, addend });
  }

  lowRank(x: Value): HeadLowRank {
    const { b, fanOut, rank, scaling } = this.#target;
    return { input: this.#inner(x, scaling), weight: this.#builder.parameter(b, [fanOut, rank]) };
  }

  /** alpha A dropout(x), [rows, rank]. */
  #inner(x: Value, alpha: number): Value {
    const { a, fanIn, rank } = this.#target;
    return this.#product(this.#dropped(x), this.#builder.parameter(a, [rank, fanIn]), { ...plain, alpha });
  }

  /** The base's result, less s B0 A0 x where training started from factors of the base weight. */
  #withoutInitial(site: LinearSite): Value {
    const base = site.base();
    if (!this.#options.factors.isDecomposed(this.#target)) return base;
    const { rank, fanIn, fanOut, scaling } = this.#target;
    const names = frozenNames(this.#target);
    const inner = this.#product(site.x, this.#builder.weight(names.a, [rank, fanIn]), plain);
    const outer = this.#builder.weight(names.b, [fanOut, rank]);
    return this.#product(inner, outer, { alpha: -scaling, bias: null, addend: base });
  }

  #dropped(x: Value): Value {
    const probability = this.#options.dropout;
    if (probability === 0) return x;
    const seed = this.#builder.input('dropoutSeed', [2], 'i32');
    const attributes = { probability, stream: this.#target.stream };
    return this.#builder.compute(ops.dropout, [x, seed], { attributes });
  }

  #product(x: Value, weight: Value, { alpha, bias, addend }: Product): Value {
    return this.#builder.compute(ops.linear, [x, weight, bias, addend], { attributes: { alpha } });
  }
}

/** y = E[id] + s B A[:, id]; PEFT has no dropout here. */
function adaptEmbedding(builder: ProgramBuilder, site: EmbeddingSite, target: LoraTarget): Value {
  const { rank, fanIn, fanOut, scaling } = target;
  const inner = builder.compute(ops.embedding, [builder.parameter(target.a, [fanIn, rank]), site.ids]);
  const weight = builder.parameter(target.b, [fanOut, rank]);
  return builder.compute(ops.linear, [inner, weight, null, site.base()], { attributes: { alpha: scaling } });
}
