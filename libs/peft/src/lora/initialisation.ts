/** First values of LoRA's factors, and the factors that PiSSA and OLoRA take out of the base weight. */
import type { BaseTensors } from '../base-tensors.ts';
import { orthonormalColumns } from '../linear-algebra/qr.ts';
import { RandomStream } from '../random.ts';
import type { LoraInitialization } from './lora-config.ts';
import type { LoraTarget } from './lora-target.ts';
import { oloraFactors } from './olora.ts';
import { pissaFactors } from './pissa.ts';

/** A [rank, in] (embedding: [vocabulary, rank]) and B [out, rank], row-major. */
export interface Factors {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** Computes each target's factors once: a decomposition is dear and is asked for several times. */
export class InitialFactors {
  readonly #initialization: LoraInitialization;
  readonly #seed: number;
  readonly #decomposed = new Map<string, Factors>();

  constructor(initialization: LoraInitialization, seed: number) {
    this.#initialization = initialization;
    this.#seed = seed;
  }

  /** Whether the target starts from factors that must be taken away from the base's result. */
  isDecomposed(target: LoraTarget): boolean {
    return !target.isEmbedding && (this.#initialization === 'pissa' || this.#initialization === 'olora');
  }

  of(target: LoraTarget, base: BaseTensors): Factors {
    if (!this.isDecomposed(target)) return randomFactors(this.#initialization, target, this.#seed);
    const known = this.#decomposed.get(target.site.name);
    if (known !== undefined) return known;
    const weight = base.read(`${target.site.name}.weight`);
    const factors =
      this.#initialization === 'pissa' ? pissaFactors(weight, target) : oloraFactors(weight, target);
    this.#decomposed.set(target.site.name, factors);
    return factors;
  }
}

function randomFactors(initialization: LoraInitialization, target: LoraTarget, seed: number): Factors {
  const { rank, fanIn, fanOut, isEmbedding } = target;
  const a = new RandomStream(seed, target.a);
  const b = new RandomStream(seed, target.b);
  const zeroB = new Float32Array(fanOut * rank);
  if (initialization === 'random' && isEmbedding) {
    return { a: normal(a, fanIn * rank, 1), b: normal(b, fanOut * rank, 1) };
  }
  if (isEmbedding) return { a: new Float32Array(fanIn * rank), b: normal(b, fanOut * rank, 1) };
  if (initialization === 'orthogonal') return orthogonalFactors(target, a, b);
  if (initialization === 'gaussian') return { a: normal(a, rank * fanIn, 1 / rank), b: zeroB };
  const first = uniform(a, rank * fanIn, 1 / Math.sqrt(fanIn));
  if (initialization === 'random') return { a: first, b: uniform(b, fanOut * rank, 1 / Math.sqrt(rank)) };
  return { a: first, b: zeroB };
}

/**
 * A and B random, with row spaces orthogonal to each other, so that B A = 0: of an orthogonal Q [r, r], A is built from
 * the even rows and B from the odd ones.
 */
function orthogonalFactors(target: LoraTarget, a: RandomStream, b: RandomStream): Factors {
  const { rank, fanIn, fanOut } = target;
  const q = orthonormalColumns(Float64Array.from(normal(a, rank * rank, 1)), rank, rank);
  const half = rank / 2;
  const first = new Float32Array(rank * fanIn);
  const second = new Float32Array(fanOut * rank);
  const mix = (random: Float32Array, row: number, column: number, parity: number): number => {
    let sum = 0;
    for (let k = 0; k < half; k++) {
      sum += (random[row * half + k] ?? 0) * (q[(2 * k + parity) * rank + column] ?? 0);
    }
    return sum / 10;
  };
  const forA = normal(a, fanIn * half, 1);
  const forB = normal(b, fanOut * half, 1);
  for (let column = 0; column < rank; column++) {
    for (let i = 0; i < fanIn; i++) first[column * fanIn + i] = mix(forA, i, column, 0);
    for (let i = 0; i < fanOut; i++) second[i * rank + column] = mix(forB, i, column, 1);
  }
  return { a: first, b: second };
}

function normal(stream: RandomStream, count: number, deviation: number): Float32Array {
  return Float32Array.from({ length: count }, () => deviation * stream.normal());
}

function uniform(stream: RandomStream, count: number, bound: number): Float32Array {
  return Float32Array.from({ length: count }, () => bound * (2 * stream.uniform() - 1));
}
