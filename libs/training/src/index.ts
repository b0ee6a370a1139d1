export { type BatchOrder, orderBatches } from './batch-order.ts';
export {
  type CheckpointRecord,
  listCheckpoints,
  loadCheckpoint,
  readCheckpointRecord,
  saveCheckpoint,
} from './checkpoint.ts';
export { type EvaluationResult, evaluate } from './evaluate.ts';
export type { CheckpointEvent, EvaluationEvent, ProgressEvent, StepEvent, TrainingEvent } from './events.ts';
export { FlatParameters, type ParameterSpec } from './flat-parameters.ts';
export { LossRun, sum } from './loss-run.ts';
export {
  labelledTokens,
  longestRow,
  type PackedRun,
  type RowSource,
  runCapacity,
  splitIntoRuns,
} from './pack-rows.ts';
export { defaultRecipe, type ScheduleName, type TrainingRecipe } from './recipe.ts';
export { learningRateAt } from './schedule.ts';
export {
  preferredRunTokens,
  runTokenBudget,
  Trainer,
  type TrainerOptions,
  type TrainingEnd,
} from './trainer.ts';
