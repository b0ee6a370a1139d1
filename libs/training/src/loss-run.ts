/** A compiled loss Program with its inputs: runs packed rows and sums their log-probabilities. */
import type { Session } from '@weft/engine';
import { type PackedRun, type RowSource, RunInputs } from './pack-rows.ts';

export interface LossRunOptions {
  readonly tokenBudget: number;
  /** Number of virtual tokens before every row. */
  readonly firstPosition: number;
}

export class LossRun {
  readonly inputs: RunInputs;
  readonly #session: Session;
  readonly #loss = new Float32Array(1);
  readonly #dropoutSeed = new Int32Array(2);

  constructor(session: Session, options: LossRunOptions) {
    this.#session = session;
    this.inputs = new RunInputs(options.tokenBudget, options.firstPosition);
    const { ids, positions, sequenceStarts, labelRows, targets, lossScale, logProbabilities } = this.inputs;
    const bindings = {
      ids,
      positions,
      sequenceStarts,
      labelRows,
      targets,
      lossScale,
      dropoutSeed: this.#dropoutSeed,
    };
    for (const [name, array] of Object.entries(bindings)) session.bind(name, array);
    session.bind('output:loss', this.#loss);
    session.bind('output:logProbabilities', logProbabilities);
  }

  /** @param lossScale 1 over the labelled tokens of the whole step, so that runs of one step add up to its mean. */
  setScale(lossScale: number): void {
    this.inputs.lossScale[0] = lossScale;
  }

  /** The dropout masks of the next run. */
  setDropoutSeed(seed: number, counter: number): void {
    this.#dropoutSeed.set([seed | 0, counter | 0]);
  }

  /** Log-probabilities (natural) of the run's labelled tokens, row after row; valid until the next run. */
  async run(source: RowSource, run: PackedRun, signal?: AbortSignal): Promise<Float32Array> {
    const sizes = this.inputs.fill(source, run);
    await this.#session.run(sizes, signal);
    return this.inputs.logProbabilities.subarray(0, sizes['labels'] ?? 0);
  }
}

/** Sum in float64. */
export function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
