/** The training loop: accumulates gradients over packed runs, updates, evaluates and saves. */
import {
  differentiate,
  type Executor,
  optimise,
  type Program,
  type Session,
  type Weight,
} from '@weft/engine';
import { WeftError } from '@weft/errors';
import { type BatchOrder, orderBatches } from './batch-order.ts';
import { evaluate } from './evaluate.ts';
import type { TrainingEvent } from './events.ts';
import { FlatParameters, type ParameterSpec } from './flat-parameters.ts';
import { Interval } from './interval.ts';
import { LossRun, sum } from './loss-run.ts';
import { Optimizer } from './optimizer.ts';
import { labelledTokens, longestRow, type RowSource, runCapacity, splitIntoRuns } from './pack-rows.ts';
import type { TrainingRecipe } from './recipe.ts';
import { learningRateAt } from './schedule.ts';

/** Tokens of one run: enough for products to reach full speed, few enough to keep activations small. */
export const preferredRunTokens = 512;

export interface TrainerOptions {
  readonly executor: Executor;
  /** The loss Program built for training, before differentiation. */
  readonly program: Program;
  /** The same without dropout and gradients, for evaluation; null where none is wanted. */
  readonly evaluationProgram: Program | null;
  readonly weights: (name: string) => Weight;
  readonly parameters: readonly ParameterSpec[];
  readonly recipe: TrainingRecipe;
  readonly rows: RowSource;
  readonly evaluationRows: RowSource | null;
  readonly compute: 'float32' | 'bfloat16';
  /** Virtual tokens before every row. */
  readonly firstPosition: number;
  /** Evaluate every so many steps, save every so many; 0 for at each epoch's end. */
  readonly evaluateEvery: number;
  readonly saveEvery: number;
  readonly logEvery: number;
  /** Writes a checkpoint and gives its path. */
  readonly save: (trainer: Trainer) => Promise<string>;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface TrainingEnd {
  readonly steps: number;
  /** Mean over all labelled tokens of the steps that this process did. */
  readonly loss: number;
  readonly seconds: number;
  readonly finished: boolean;
}

export class Trainer {
  readonly order: BatchOrder;
  readonly parameters: FlatParameters;
  readonly arenaBytes: number;
  /** Optimizer steps done. */
  step = 0;
  readonly #options: TrainerOptions;
  readonly #session: Session;
  readonly #run: LossRun;
  readonly #optimizer: Optimizer;
  readonly #evaluation: LossRun | null;
  readonly #tokenBudget: number;

  private constructor(options: TrainerOptions, parts: TrainerParts) {
    this.#options = options;
    this.order = orderBatches(options.rows.rowCount, options.recipe);
    this.parameters = parts.parameters;
    this.#session = parts.session;
    this.#run = parts.run;
    this.#optimizer = parts.optimizer;
    this.#evaluation = parts.evaluation;
    this.#tokenBudget = parts.tokenBudget;
    this.arenaBytes = parts.session.arenaBytes;
  }

  /** Compiles everything; parameters are zero until the caller fills them. */
  static async create(options: TrainerOptions): Promise<Trainer> {
    const { executor, weights, compute, firstPosition } = options;
    const tokenBudget = runTokenBudget(options.rows, options.evaluationRows);
    const capacity = runCapacity(tokenBudget);
    const parameters = new FlatParameters(options.parameters);
    const program = optimise(differentiate(options.program, { loss: 'loss' }));
    const session = await executor.compile(program, { capacity, weights, compute });
    parameters.bind(session);
    const run = new LossRun(session, { tokenBudget, firstPosition });
    const optimizer = await Optimizer.create(executor, parameters, options.recipe);
    const evaluation = await Trainer.#createEvaluation(options, { parameters, tokenBudget });
    return new Trainer(options, { parameters, session, run, optimizer, evaluation, tokenBudget });
  }

  static async #createEvaluation(
    options: TrainerOptions,
    { parameters, tokenBudget }: { parameters: FlatParameters; tokenBudget: number },
  ): Promise<LossRun | null> {
    if (options.evaluationProgram === null || options.evaluationRows === null) return null;
    const { executor, weights, compute, firstPosition } = options;
    const capacity = runCapacity(tokenBudget);
    const session = await executor.compile(optimise(options.evaluationProgram), {
      capacity,
      weights,
      compute,
    });
    parameters.bind(session);
    return new LossRun(session, { tokenBudget, firstPosition });
  }

  /** Seconds per op of the training runs so far. */
  profile() {
    return this.#session.profile();
  }

  /**
   * Trains to the end, or until `signal` is aborted: then it saves after the step that runs, and returns with
   * `finished` false.
   *
   * @throws WeftError `TRAINING_DIVERGED` (kind `training`) where loss or gradients are no longer finite.
   */
  async train(signal: AbortSignal): Promise<TrainingEnd> {
    const { now, recipe, onEvent } = this.#options;
    const started = now();
    const whole = new Interval();
    let interval = new Interval();
    let intervalStart = now();
    let savedAt = -1;
    while (this.step < this.order.totalSteps && !signal.aborted) {
      const learningRate = learningRateAt(recipe, this.step, this.order.totalSteps);
      const stepStart = now();
      const done = await this.#trainStep(learningRate);
      interval.add(done);
      whole.add(done);
      const { totalSteps } = this.order;
      const seconds = (now() - stepStart) / 1000;
      onEvent({
        event: 'progress',
        step: this.step,
        totalSteps,
        loss: done.loss / done.labelledTokens,
        tokensPerSecond: done.tokens / seconds,
      });
      const isLast = this.step === totalSteps;
      if (this.step % this.#options.logEvery === 0 || isLast) {
        const tokensPerSecond = interval.tokens / Math.max(1e-9, (now() - intervalStart) / 1000);
        const { gradientNorm } = done;
        const epoch = this.order.epochsAfter(this.step);
        onEvent({
          event: 'step',
          step: this.step,
          epoch,
          learningRate,
          gradientNorm,
          tokensPerSecond,
          ...interval.summary(),
        });
        interval = new Interval();
        intervalStart = now();
      }
      const pausedAt = now();
      if (this.#isDue(this.#options.evaluateEvery)) await this.#evaluate(signal);
      if (this.#isDue(this.#options.saveEvery)) {
        await this.#save();
        savedAt = this.step;
      }
      intervalStart += now() - pausedAt;
    }
    const finished = this.step >= this.order.totalSteps;
    if (!finished && savedAt !== this.step) await this.#save();
    return { steps: this.step, loss: whole.summary().loss, seconds: (now() - started) / 1000, finished };
  }

  #isDue(every: number): boolean {
    const isLast = this.step === this.order.totalSteps;
    return isLast || this.step % (every > 0 ? every : this.order.stepsPerEpoch) === 0;
  }

  async #trainStep(learningRate: number): Promise<StepResult> {
    const { rows, recipe } = this.#options;
    const group = this.order.rowsOf(this.step);
    const runs = splitIntoRuns(rows, group, this.#tokenBudget);
    let labels = 0;
    for (const row of group) labels += labelledTokens(rows, row);
    this.#run.setScale(1 / labels);
    let loss = 0;
    let tokens = 0;
    for (const [index, run] of runs.entries()) {
      this.#run.setDropoutSeed(recipe.seed, this.step * 4096 + index);
      loss -= sum(await this.#run.run(rows, run));
      tokens += run.tokens;
    }
    const gradientNorm = await this.#optimizer.gradientNorm();
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm))
      throw diverged(this.step, loss / labels, gradientNorm);
    await this.#optimizer.step({ step: this.step, learningRate, gradientNorm });
    this.step++;
    return { loss, tokens, labelledTokens: labels, gradientNorm };
  }

  async #evaluate(signal: AbortSignal): Promise<void> {
    const { evaluationRows } = this.#options;
    if (this.#evaluation === null || evaluationRows === null || signal.aborted) return;
    const result = await evaluate(this.#evaluation, evaluationRows, this.#tokenBudget);
    this.#options.onEvent({ event: 'evaluation', step: this.step, loss: result.loss });
  }

  async #save(): Promise<void> {
    const path = await this.#options.save(this);
    this.#options.onEvent({ event: 'checkpoint', step: this.step, path });
  }
}

/** The sizes for which a trainer compiles its Programs. */
export function runTokenBudget(rows: RowSource, evaluationRows: RowSource | null): number {
  const longest = Math.max(longestRow(rows), evaluationRows === null ? 0 : longestRow(evaluationRows));
  return Math.max(preferredRunTokens, longest);
}

interface TrainerParts {
  readonly parameters: FlatParameters;
  readonly session: Session;
  readonly run: LossRun;
  readonly optimizer: Optimizer;
  readonly evaluation: LossRun | null;
  readonly tokenBudget: number;
}

interface StepResult {
  /** Sum over labelled tokens. */
  readonly loss: number;
  readonly tokens: number;
  readonly labelledTokens: number;
  readonly gradientNorm: number;
}

function diverged(step: number, loss: number, gradientNorm: number): WeftError {
  return new WeftError({
    code: 'TRAINING_DIVERGED',
    kind: 'training',
    message: `step ${step + 1} gave loss ${loss} and gradient norm ${gradientNorm}; the last checkpoint is kept`,
    field: 'learningRate',
    value: String(loss),
    remedy:
      'lower --learning-rate or raise --warmup-steps, and continue with --resume from the last checkpoint',
  });
}
