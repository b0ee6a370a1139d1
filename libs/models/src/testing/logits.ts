/** For tests: logits of whole sequences by the native engine, and the golden ones of transformers. */
import { openCpuExecutor, type Weight } from '@weft/engine';
import type { ModelHooks } from '../architectures/model-graph.ts';
import { buildLogitsProgram } from '../architectures/programs.ts';
import { readIntegers, readTensor } from '../formats/read-tensor.ts';
import { readSafetensorsHeader } from '../formats/safetensors/safetensors-header.ts';
import { type BaseModel, WeightLoader } from '../loading/base-model.ts';

const signal = new AbortController().signal;

export interface LogitsOptions {
  readonly hooks?: readonly ModelHooks[];
  readonly parameters?: ReadonlyMap<string, Float32Array>;
  readonly firstPosition?: number;
  readonly extraWeights?: ReadonlyMap<
    string,
    { readonly values: Float32Array; readonly rows: number; readonly columns: number }
  >;
}

/** Logits [sum of lengths, vocabulary] of sequences that run packed in one Program. */
export async function computeLogits(
  model: BaseModel,
  sequences: readonly Int32Array[],
  options: LogitsOptions = {},
) {
  const executor = openCpuExecutor({ threads: 2 });
  const loader = new WeightLoader(model, executor);
  const weights = (name: string): Weight => {
    const extra = options.extraWeights?.get(name);
    return extra === undefined
      ? loader.weight(name)
      : executor.memoryWeight(extra.values, extra.rows, extra.columns);
  };
  const tokens = sequences.reduce((total, ids) => total + ids.length, 0);
  const dimensions = { tokens, sequences: sequences.length, sequenceBounds: sequences.length + 1 };
  const program = buildLogitsProgram(model.config, options.hooks ?? []);
  const session = await executor.compile(program, { capacity: dimensions, weights, compute: 'float32' });
  const starts = Int32Array.from([
    0,
    ...sequences.map((_, index) => sequences.slice(0, index + 1).reduce((sum, ids) => sum + ids.length, 0)),
  ]);
  const logits = new Float32Array(tokens * model.config.vocabularySize);
  const first = options.firstPosition ?? 0;
  session.bind('ids', Int32Array.from(sequences.flatMap((ids) => [...ids])));
  session.bind(
    'positions',
    Int32Array.from(sequences.flatMap((ids) => Array.from(ids, (_, at) => first + at))),
  );
  session.bind('sequenceStarts', starts);
  session.bind('output:logits', logits);
  for (const [name, values] of options.parameters ?? []) session.bind(name, values);
  await session.run(dimensions);
  return logits;
}

export interface GoldenLogits {
  readonly sequences: readonly Int32Array[];
  /** End to end, as `computeLogits` gives them. */
  readonly logits: Float32Array;
}

export async function readGoldenLogits(path: string): Promise<GoldenLogits> {
  const { tensors } = await readSafetensorsHeader(path, signal);
  const sequences: Int32Array[] = [];
  const parts: Float32Array[] = [];
  for (let index = 0; ; index++) {
    const ids = tensors.get(`ids.${index}`);
    const logits = tensors.get(`logits.${index}`);
    if (ids === undefined || logits === undefined) break;
    sequences.push(await readIntegers(ids, signal));
    parts.push(await readTensor(logits, signal));
  }
  return { sequences, logits: Float32Array.from(parts.flatMap((part) => [...part])) };
}

export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce(
    (largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? Number.NaN))),
    0,
  );
}
