import type { TrainingRecipe } from './recipe.ts';

/**
 * The learning rate of optimizer step `step` (from 0) out of `totalSteps`, as the schedules of transformers: linear
 * warm-up from zero, then linear to zero, half a cosine to zero, or constant.
 */
export function learningRateAt(recipe: TrainingRecipe, step: number, totalSteps: number): number {
  const { learningRate, warmupSteps, schedule } = recipe;
  if (step < warmupSteps) return (learningRate * step) / Math.max(1, warmupSteps);
  const progress = (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);
  switch (schedule) {
    case 'constant':
      return learningRate;
    case 'linear':
      return learningRate * Math.max(0, 1 - progress);
    case 'cosine':
      return learningRate * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
  }
}
