/** How to train: every number that shapes the result, apart from the method's own. */

export type ScheduleName = 'linear' | 'cosine' | 'constant';

export interface TrainingRecipe {
  readonly epochs: number;
  /** Overrides `epochs` where it is set. */
  readonly maxSteps: number | null;
  /** Rows per micro-batch. */
  readonly batchSize: number;
  readonly gradientAccumulationSteps: number;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  readonly warmupSteps: number;
  readonly weightDecay: number;
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamEpsilon: number;
  /** Gradients with a larger norm are scaled down to it; 0 for never. */
  readonly maxGradientNorm: number;
  readonly seed: number;
  readonly shuffle: boolean;
}

/** The recipe that users know from tutorials. */
export const defaultRecipe: TrainingRecipe = {
  epochs: 3,
  maxSteps: null,
  batchSize: 8,
  gradientAccumulationSteps: 4,
  learningRate: 5e-4,
  schedule: 'linear',
  warmupSteps: 0,
  weightDecay: 0,
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamEpsilon: 1e-8,
  maxGradientNorm: 1,
  seed: 42,
  shuffle: true,
};
