/** Which rows make up which optimizer step: a pure function of the seed, so that a resumed run sees the same rows. */
import { createHash } from 'node:crypto';
import type { TrainingRecipe } from './recipe.ts';

export interface BatchOrder {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** The rows of optimizer step `step`, from 0. */
  rowsOf(step: number): Int32Array;
  /** Epochs that are over once `steps` steps are done, with the fraction of the one that runs. */
  epochsAfter(steps: number): number;
}

/** The last, shorter group of an epoch is a step of its own; `maxSteps` goes round again where epochs end early. */
export function orderBatches(rowCount: number, recipe: TrainingRecipe): BatchOrder {
  const rowsPerStep = recipe.batchSize * recipe.gradientAccumulationSteps;
  const stepsPerEpoch = Math.ceil(rowCount / rowsPerStep);
  const totalSteps = recipe.maxSteps ?? stepsPerEpoch * recipe.epochs;
  let cached: { epoch: number; rows: Int32Array } | null = null;
  return {
    stepsPerEpoch,
    totalSteps,
    rowsOf(step) {
      const epoch = Math.floor(step / stepsPerEpoch);
      if (cached?.epoch !== epoch) cached = { epoch, rows: orderOfEpoch(rowCount, recipe, epoch) };
      const first = (step % stepsPerEpoch) * rowsPerStep;
      return cached.rows.subarray(first, Math.min(first + rowsPerStep, rowCount));
    },
    epochsAfter: (steps) => {
      const whole = Math.floor(steps / stepsPerEpoch);
      const rows = (steps % stepsPerEpoch) * rowsPerStep;
      return whole + rows / rowCount;
    },
  };
}

/** Fisher and Yates' shuffle, keyed by seed and epoch. */
function orderOfEpoch(rowCount: number, recipe: TrainingRecipe, epoch: number): Int32Array {
  const rows = Int32Array.from({ length: rowCount }, (_, row) => row);
  if (!recipe.shuffle) return rows;
  const draw = integerStream(`weft-order:${recipe.seed}:${epoch}`);
  for (let last = rowCount - 1; last > 0; last--) {
    const other = draw(last + 1);
    const value = rows[last] ?? 0;
    rows[last] = rows[other] ?? 0;
    rows[other] = value;
  }
  return rows;
}

/** Uniform integers below a bound from a hash in counter mode; 48 bits make the bias negligible. */
function integerStream(key: string): (bound: number) => number {
  let block = Buffer.alloc(0);
  let at = 0;
  let counter = 0;
  return (bound) => {
    if (at + 6 > block.length) {
      block = createHash('sha512').update(`${key}:${counter++}`).digest();
      at = 0;
    }
    const value = block.readUIntLE(at, 6);
    at += 6;
    return value % bound;
  };
}
