/** Values for the inputs, weights and parameters of the small decoders. */
import type { NumberArray } from '../executor.ts';
import type { Program, Value } from '../program.ts';
import { type DimensionBindings, elementCount } from '../shape.ts';
import { randomIndices, randomNumbers } from './random.ts';
import { valueAt } from './reference/matrix.ts';
import { vocabulary } from './small-models.ts';

export interface SmallBatch {
  readonly dimensions: DimensionBindings;
  readonly values: ReadonlyMap<string, NumberArray>;
}

/** Sequences of the given lengths; every second token is labelled. States are zero. */
export function smallBatch(program: Program, lengths: readonly number[]): SmallBatch {
  const tokens = lengths.reduce((total, length) => total + length, 0);
  const labelRows = Int32Array.from({ length: tokens >> 1 }, (_, index) => 2 * index);
  const dimensions = { tokens, bounds: lengths.length + 1, labels: labelRows.length };
  const known = new Map<string, NumberArray>([
    ['ids', randomIndices(tokens, vocabulary, 1)],
    ['targets', randomIndices(labelRows.length, vocabulary, 2)],
    ['positions', Int32Array.from(lengths.flatMap((length) => [...Array(length).keys()]))],
    ['frequencies', Float32Array.of(1, 0.1, 0.01)],
    ['sequenceStarts', Int32Array.from(startsOf(lengths))],
    ['labelRows', labelRows],
    ['lossScale', Float32Array.of(1 / Math.max(1, labelRows.length))],
    ['seed', Int32Array.of(42, 7)],
  ]);
  const values = new Map<string, NumberArray>();
  for (const value of program.values) {
    if (value.kind === 'computed') continue;
    values.set(value.name, known.get(value.name) ?? tensorValues(value, dimensions));
  }
  return { dimensions, values };
}

function startsOf(lengths: readonly number[]): readonly number[] {
  const starts = [0];
  for (const length of lengths) starts.push(valueAt(starts, starts.length - 1) + length);
  return starts;
}

function tensorValues(value: Value, dimensions: DimensionBindings): Float32Array {
  const count = elementCount(value.shape, dimensions);
  if (value.kind === 'state') return new Float32Array(count);
  const numbers = randomNumbers(count, 100 + value.id, 0.4);
  return value.name.includes('norm') && !value.name.includes('bias') ? numbers.map((n) => 1 + n) : numbers;
}
