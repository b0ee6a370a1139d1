/** How the quickstart tunes. Its rows are few and short, so it takes more and larger steps than `weft tune` would. */
import type { TuneOptions } from '../options/tune-options.ts';

export const quickstartRecipe = {
  rank: 8,
  alpha: 32,
  dropout: 0.1,
  batchSize: 8,
  gradientAccumulationSteps: 1,
  epochs: 3,
  learningRate: 2e-3,
  maxLength: 256,
  template: 'human-assistant',
} as const satisfies TuneOptions;
