/** Runs a model with an adapter on the native CPU backend and gives the logits of every token. */
import { type Executor, openCpuExecutor, optimise, type Weight } from '@weft/engine';
import { type BaseModel, buildLogitsProgram, WeightLoader } from '@weft/models';
import type { Adapter, ParameterValues } from '../adapter.ts';
import { type BaseTensors, readBaseTensors } from '../base-tensors.ts';

const executor: Executor = openCpuExecutor({ threads: 1 });

export function openBase(model: BaseModel): BaseTensors {
  return readBaseTensors(new WeightLoader(model, executor));
}

export interface RunOptions {
  readonly adapter: Adapter | null;
  readonly values: ParameterValues;
  readonly sequences: readonly Int32Array[];
}

/** One array [tokens, vocabulary] for each sequence. */
export async function runLogits(model: BaseModel, options: RunOptions): Promise<readonly Float32Array[]> {
  const { adapter, values, sequences } = options;
  const loader = new WeightLoader(model, executor);
  const frozen = new Map<string, Weight>();
  for (const [name, matrix] of adapter?.frozenWeights(readBaseTensors(loader)) ?? []) {
    frozen.set(name, executor.memoryWeight(matrix.values, matrix.rows, matrix.columns));
  }
  const program = buildLogitsProgram(
    model.config,
    adapter === null ? [] : [adapter.hooks({ training: false })],
  );
  const longest = Math.max(...sequences.map((ids) => ids.length));
  const session = await executor.compile(optimise(program), {
    capacity: { tokens: longest, sequenceBounds: 2 },
    weights: (name) => frozen.get(name) ?? loader.weight(name),
    compute: 'float32',
  });
  for (const { name } of adapter?.parameters ?? []) session.bind(name, values(name));
  const first = adapter?.virtualTokens ?? 0;
  const results: Float32Array[] = [];
  for (const ids of sequences) {
    const logits = new Float32Array(ids.length * model.config.vocabularySize);
    session.bind('ids', ids);
    session.bind(
      'positions',
      Int32Array.from(ids, (_, index) => first + index),
    );
    session.bind('sequenceStarts', Int32Array.of(0, ids.length));
    session.bind('output:logits', logits);
    await session.run({ tokens: ids.length, sequenceBounds: 2 });
    results.push(logits);
  }
  return results;
}
