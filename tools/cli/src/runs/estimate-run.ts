/** What a run will take, from its Programs alone: nothing is computed and no weight is read. */
import {
  type DimensionBindings,
  differentiate,
  type Node,
  optimise,
  type Program,
  planMemory,
  type Value,
} from '@weft/engine';
import { WeftError } from '@weft/errors';
import { buildLossProgram, frozenWeights } from '@weft/models';
import { orderBatches, runCapacity, runTokenBudget } from '@weft/training';
import { availableMemory } from '../machine/memory.ts';
import type { OpenedModel } from '../models/open-model.ts';
import { bytes } from '../output/output.ts';
import type { PreparedRun } from './prepare-run.ts';

export interface RunEstimate {
  /** Bytes at the peak, by part; `process` is what this process holds already, its tokenizer and rows among it. */
  readonly memory: Readonly<Record<'weights' | 'activations' | 'parameters' | 'loss' | 'process', number>>;
  readonly peakBytes: number;
  /** Floating-point operations of the whole run. */
  readonly flops: number;
}

/** Rows of logits that the loss holds at a time. */
const lossRows = 128;

type EstimatedRun = Omit<PreparedRun, 'fingerprint' | 'checkpoint' | 'isFinished'>;

export function estimateRun(run: EstimatedRun): RunEstimate {
  const { rows, evaluationRows, engine, model, trainableParameters } = run;
  const program = optimise(differentiate(run.program, { loss: 'loss' }));
  const budget = runTokenBudget(rows.rows, evaluationRows?.rows ?? null);
  const capacity = runCapacity(budget);
  const memory = {
    weights: packedBytes(model, program, engine.compute),
    activations: planMemory(program, capacity).arenaBytes + evaluationBytes(run, capacity),
    parameters: 4 * 4 * trainableParameters,
    loss: 4 * lossRows * model.base.config.vocabularySize,
    process: process.memoryUsage.rss(),
  };
  const peakBytes = Object.values(memory).reduce((total, part) => total + part, 0);
  return { memory, peakBytes, flops: runFlops(run, program) };
}

function evaluationBytes(
  { model, start, evaluationRows }: EstimatedRun,
  capacity: DimensionBindings,
): number {
  if (evaluationRows === null) return 0;
  const hooks = [start.adapter.hooks({ training: false })];
  return planMemory(optimise(buildLossProgram(model.base.config, { hooks, training: false })), capacity)
    .arenaBytes;
}

/** Matrices that are multiplied lie packed once for each direction that uses them; tables are read from the file. */
function packedBytes(model: OpenedModel, program: Program, compute: 'float32' | 'bfloat16'): number {
  const uses = new Map<Value, Set<string>>();
  for (const node of program.nodes) {
    for (const direction of directionsOf(node)) {
      for (const input of node.inputs) {
        if (input?.kind !== 'weight' || input.shape.length < 2) continue;
        uses.set(input, (uses.get(input) ?? new Set()).add(direction));
      }
    }
  }
  let total = 0;
  for (const value of frozenWeights(program)) {
    const size = value.shape.reduce<number>((product, length) => product * Number(length), 1);
    const isExactInHalf = compute === 'bfloat16' || model.base.entry(value.name)?.dtype === 'BF16';
    total += (uses.get(value)?.size ?? 0) * size * (isExactInHalf ? 2 : 4);
  }
  return total;
}

function directionsOf({ op, attributes }: Node): readonly string[] {
  if (op.name === 'linear') return ['forward'];
  if (op.name === 'linear_cross_entropy')
    return attributes['gradient'] === 1 ? ['forward', 'backward'] : ['forward'];
  return op.name.startsWith('linear') ? ['backward'] : [];
}

/** The average batch stands for all: operations grow with tokens, and hardly with how these are divided. */
function runFlops({ settings, rows }: EstimatedRun, program: Program): number {
  const { rowCount, tokenCount, labelledTokenCount } = rows.rows;
  const order = orderBatches(rowCount, settings.recipe);
  const perRow = { tokens: tokenCount / rowCount, labels: labelledTokenCount / rowCount };
  const rowsOfStep = Math.min(
    rowCount,
    settings.recipe.batchSize * settings.recipe.gradientAccumulationSteps,
  );
  const sizes: Readonly<Record<string, number>> = {
    tokens: perRow.tokens * rowsOfStep,
    labels: perRow.labels * rowsOfStep,
    sequences: rowsOfStep,
    sequenceBounds: rowsOfStep + 1,
  };
  const size = (dimension: string | number): number =>
    typeof dimension === 'number' ? dimension : (sizes[dimension] ?? 0);
  let step = 0;
  for (const node of program.nodes) {
    step += node.op.flops({
      node,
      rows: (value) => (value.shape.length < 2 ? 1 : size(value.shape[0] ?? 1)),
      columns: (value) => size(value.shape.at(-1) ?? 1),
      elements: (value) => value?.shape.reduce<number>((product, length) => product * size(length), 1) ?? 0,
    });
  }
  return step * order.totalSteps;
}

/** @throws WeftError `MEMORY_SHORT` (kind `machine`) before anything large is taken. */
export async function requireMemory({ peakBytes }: RunEstimate): Promise<void> {
  const held = process.memoryUsage.rss();
  const available = await availableMemory();
  if (peakBytes - held <= available) return;
  throw new WeftError({
    code: 'MEMORY_SHORT',
    kind: 'machine',
    message: `the run takes about ${bytes(peakBytes)} of memory, and ${bytes(available + held)} can be had`,
    field: 'memory',
    value: Math.round(peakBytes),
    remedy: 'Lower --max-length, choose a smaller model or another --method, or free memory.',
  });
}
