/** AdamW with gradient clipping, as two small Programs over the flat parameters. */
import { type Executor, ops, ProgramBuilder, type Session } from '@weft/engine';
import type { FlatParameters } from './flat-parameters.ts';
import type { TrainingRecipe } from './recipe.ts';

/** The addition that keeps the clipping factor finite, as torch.nn.utils.clip_grad_norm_ has it. */
const clipEpsilon = 1e-6;

export interface StepOptions {
  /** Optimizer steps done before this one. */
  readonly step: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
}

export class Optimizer {
  readonly #norm: Session;
  readonly #squaredNorm = new Float32Array(1);
  readonly #segments: readonly Segment[];
  readonly #recipe: TrainingRecipe;

  private constructor(norm: Session, segments: readonly Segment[], recipe: TrainingRecipe) {
    this.#norm = norm;
    this.#segments = segments;
    this.#recipe = recipe;
    norm.bind('output:squaredNorm', this.#squaredNorm);
  }

  static async create(
    executor: Executor,
    parameters: FlatParameters,
    recipe: TrainingRecipe,
  ): Promise<Optimizer> {
    const options = { capacity: {}, weights: noWeights, compute: 'float32' as const };
    const builder = new ProgramBuilder();
    const gradients = builder.state('gradients', [parameters.gradients.length]);
    builder.output('squaredNorm', builder.compute(ops.squaredNorm, [gradients]));
    const norm = await executor.compile(builder.build(), options);
    norm.bind('gradients', parameters.gradients);
    const { decayedCount } = parameters;
    const ranges = [
      { start: 0, end: decayedCount, weightDecay: recipe.weightDecay },
      { start: decayedCount, end: parameters.values.length, weightDecay: 0 },
    ].filter(({ start, end }) => end > start);
    const segments = [];
    for (const range of ranges) segments.push(await createSegment(executor, parameters, range));
    return new Optimizer(norm, segments, recipe);
  }

  /** The 2-norm of all gradients. */
  async gradientNorm(): Promise<number> {
    await this.#norm.run({});
    return Math.sqrt(this.#squaredNorm[0] ?? 0);
  }

  /** One update; zeroes the gradients. */
  async step({ step, learningRate, gradientNorm }: StepOptions): Promise<void> {
    const { adamBeta1, adamBeta2, adamEpsilon, maxGradientNorm } = this.#recipe;
    const clip = maxGradientNorm > 0 ? Math.min(1, maxGradientNorm / (gradientNorm + clipEpsilon)) : 1;
    for (const { session, hyper, weightDecay } of this.#segments) {
      const corrections = [1 - adamBeta1 ** (step + 1), 1 - adamBeta2 ** (step + 1)];
      hyper.set([learningRate, adamBeta1, adamBeta2, adamEpsilon, weightDecay, ...corrections, clip]);
      await session.run({});
    }
  }
}

interface Segment {
  readonly session: Session;
  readonly hyper: Float32Array;
  readonly weightDecay: number;
}

interface SegmentRange {
  readonly start: number;
  readonly end: number;
  readonly weightDecay: number;
}

async function createSegment(
  executor: Executor,
  parameters: FlatParameters,
  range: SegmentRange,
): Promise<Segment> {
  const builder = new ProgramBuilder();
  const states = {
    values: parameters.values,
    gradients: parameters.gradients,
    firstMoments: parameters.firstMoments,
    secondMoments: parameters.secondMoments,
  };
  const inputs = Object.keys(states).map((name) => builder.state(name, [range.end - range.start]));
  builder.apply(ops.adamw, [...inputs, builder.input('hyper', [8])]);
  const session = await executor.compile(builder.build(), {
    capacity: {},
    weights: noWeights,
    compute: 'float32',
  });
  for (const [name, array] of Object.entries(states))
    session.bind(name, array.subarray(range.start, range.end));
  const hyper = new Float32Array(8);
  session.bind('hyper', hyper);
  return { session, hyper, weightDecay: range.weightDecay };
}

function noWeights(name: string): never {
  throw new RangeError(`an optimizer has no weight '${name}'`);
}
