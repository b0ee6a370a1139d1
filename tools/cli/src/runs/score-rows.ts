/** The log-probability of each row's labelled tokens, in the order of the file. */
import {
  createRowEncoder,
  type Dataset,
  type DatasetRow,
  type EncodedRow,
  EncodedRowsBuilder,
} from '@weft/datasets';
import { optimise } from '@weft/engine';
import { buildLossProgram } from '@weft/models';
import { LossRun, labelledTokens, preferredRunTokens, runCapacity, splitIntoRuns, sum } from '@weft/training';
import type { RunnableModel } from '../models/runnable-model.ts';
import { valuesOf } from '../models/use-adapter.ts';

export interface RowScore {
  /** In the file, from 0. */
  readonly index: number;
  readonly tokens: number;
  readonly labelledTokens: number;
  /** Sum of natural logarithms; 0 where nothing is labelled. */
  readonly logProbability: number;
}

export interface ScoreOptions {
  readonly maxLength: number;
  readonly batchSize: number;
  readonly signal: AbortSignal;
}

/** Streams: holds a few hundred rows at a time. */
export async function* scoreRows(
  runnable: RunnableModel,
  dataset: Dataset,
  options: ScoreOptions,
): AsyncGenerator<RowScore, void, void> {
  const { maxLength, batchSize, signal } = options;
  const { model, template } = runnable;
  const encode = createRowEncoder({ tokenizer: model.tokenizer, template, maxLength });
  const run = await createLossRun(runnable, maxLength);
  let chunk: DatasetRow[] = [];
  const score = (): Promise<readonly RowScore[]> => {
    const encoded = encode(chunk);
    const entries = chunk.flatMap(({ index }, at) => {
      const row = encoded[at];
      return row === undefined ? [] : [{ index, row }];
    });
    chunk = [];
    return scoreChunk(run, entries, signal);
  };
  for await (const row of dataset.rows(signal)) {
    if (chunk.push(row) === batchSize) yield* await score();
  }
  yield* await score();
}

interface BudgetedRun {
  readonly loss: LossRun;
  readonly tokenBudget: number;
}

async function createLossRun(
  { model, engine, opened }: RunnableModel,
  maxLength: number,
): Promise<BudgetedRun> {
  const adapter = opened?.adapter ?? null;
  const tokenBudget = Math.max(preferredRunTokens, maxLength);
  const hooks = adapter === null ? [] : [adapter.hooks({ training: false })];
  const program = optimise(buildLossProgram(model.base.config, { hooks, training: false }));
  const session = await engine.executor.compile(program, {
    capacity: runCapacity(tokenBudget),
    weights: engine.weightsFor(adapter),
    compute: engine.compute,
  });
  if (opened !== null) {
    const values = valuesOf(opened);
    for (const { name } of opened.adapter.parameters) session.bind(name, values(name));
  }
  const loss = new LossRun(session, { tokenBudget, firstPosition: adapter?.virtualTokens ?? 0 });
  loss.setScale(1);
  return { loss, tokenBudget };
}

interface EncodedEntry {
  readonly index: number;
  readonly row: EncodedRow;
}

async function scoreChunk(
  { loss, tokenBudget }: BudgetedRun,
  chunk: readonly EncodedEntry[],
  signal: AbortSignal,
): Promise<readonly RowScore[]> {
  const builder = new EncodedRowsBuilder();
  const labelled = chunk.filter(({ row }) => row.labelledTokens > 0);
  for (const { index, row } of labelled) builder.append(row, index);
  const rows = builder.finish();
  const sums = new Map<number, number>();
  const all = Array.from({ length: rows.rowCount }, (_, row) => row);
  for (const packed of splitIntoRuns(rows, all, tokenBudget)) {
    const logProbabilities = await loss.run(rows, packed, signal);
    let at = 0;
    for (const row of packed.rows) {
      const count = labelledTokens(rows, row);
      sums.set(rows.sourceIndices[row] ?? -1, sum(logProbabilities.subarray(at, at + count)));
      at += count;
    }
  }
  return chunk.map(({ index, row }) => ({
    index,
    tokens: row.ids.length,
    labelledTokens: row.labelledTokens,
    logProbability: sums.get(index) ?? 0,
  }));
}
