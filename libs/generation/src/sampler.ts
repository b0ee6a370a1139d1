/** Chooses tokens from logits, in the order of transformers: penalty, temperature, top-k, top-p, min-p. */
import type { SamplingOptions } from './sampling-options.ts';

export class Sampler {
  readonly #options: SamplingOptions;
  #state: number;

  constructor(options: SamplingOptions) {
    this.#options = options;
    this.#state = options.seed >>> 0;
  }

  /** @param logits [vocabulary]; changed in place. @param context ids so far, for the repetition penalty. */
  choose(logits: Float32Array, context: Iterable<number>): number {
    const { temperature, repetitionPenalty } = this.#options;
    if (repetitionPenalty !== 1) penalise(logits, new Set(context), repetitionPenalty);
    if (temperature === 0) return indexOfLargest(logits);
    const candidates = this.#candidates(logits);
    const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
    let point = this.#uniform() * total;
    for (const { id, weight } of candidates) {
      point -= weight;
      if (point < 0) return id;
    }
    return candidates.at(-1)?.id ?? indexOfLargest(logits);
  }

  /** Unnormalised probabilities of the tokens that remain, most likely first. */
  #candidates(logits: Float32Array): readonly Candidate[] {
    const { temperature, topK, topP, minP } = this.#options;
    const largest = logits[indexOfLargest(logits)] ?? 0;
    // Below this a token has no chance that float32 could express.
    const floor = largest - 104 * temperature;
    const all: Candidate[] = [];
    logits.forEach((logit, id) => {
      if (logit >= floor) all.push({ id, weight: Math.exp((logit - largest) / temperature) });
    });
    all.sort((a, b) => b.weight - a.weight || a.id - b.id);
    const best = topK > 0 ? all.slice(0, topK) : all;
    const nucleus = topP < 1 ? takeNucleus(best, topP) : best;
    return minP > 0 ? nucleus.filter(({ weight }) => weight >= minP * (nucleus[0]?.weight ?? 0)) : nucleus;
  }

  /** SplitMix32: small, seedable, and good enough to draw from a distribution. */
  #uniform(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }
}

interface Candidate {
  readonly id: number;
  readonly weight: number;
}

export function indexOfLargest(logits: Float32Array): number {
  let best = 0;
  let largest = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? 0;
    if (logit > largest) {
      largest = logit;
      best = id;
    }
  }
  return best;
}

function takeNucleus(candidates: readonly Candidate[], topP: number): readonly Candidate[] {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  let reached = 0;
  const end = candidates.findIndex(({ weight }) => {
    reached += weight;
    return reached >= topP * total;
  });
  return end < 0 ? candidates : candidates.slice(0, end + 1);
}

function penalise(logits: Float32Array, ids: ReadonlySet<number>, penalty: number): void {
  for (const id of ids) {
    const logit = logits[id];
    if (logit !== undefined) logits[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
}
