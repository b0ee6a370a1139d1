/** What a training run reports while it goes on. */

export interface StepEvent {
  readonly event: 'step';
  /** Optimizer steps done. */
  readonly step: number;
  readonly epoch: number;
  /** Mean over labelled tokens of all steps since the last event, in nats. */
  readonly loss: number;
  /** The rate that this step used. */
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** Real tokens since the last event. */
  readonly tokens: number;
  readonly labelledTokens: number;
  readonly tokensPerSecond: number;
}

export interface EvaluationEvent {
  readonly event: 'evaluation';
  readonly step: number;
  readonly loss: number;
}

export interface CheckpointEvent {
  readonly event: 'checkpoint';
  readonly step: number;
  readonly path: string;
}

/** After every optimizer step, for progress displays. */
export interface ProgressEvent {
  readonly event: 'progress';
  readonly step: number;
  readonly totalSteps: number;
  readonly loss: number;
  readonly tokensPerSecond: number;
}

export type TrainingEvent = StepEvent | EvaluationEvent | CheckpointEvent | ProgressEvent;
