/** Slopes of sum(dy * y), y being an op's first output, by central differences of its float64 reference. */
import { resolveDimension } from '../shape.ts';
import { labelOf, type OpCase, prepareInputs, toMatrix } from './op-case.ts';
import { randomIndices, randomNumbers } from './random.ts';
import { references } from './reference/index.ts';
import { type Matrix, sum, valueAt } from './reference/matrix.ts';

/** Elements of one input that are moved one by one; the rest moves in one random direction. */
const mostElements = 8;
const step = 1e-5;

export interface Slopes {
  readonly elements: readonly { readonly index: number; readonly slope: number }[];
  readonly direction: Float32Array;
  readonly alongDirection: number;
}

const known = new WeakMap<OpCase, ReadonlyMap<number, Slopes>>();

/** Slopes of every input that the case lists; computed once for all executors. */
export function slopesOf(opCase: OpCase, dy: Float32Array): ReadonlyMap<number, Slopes> {
  const earlier = known.get(opCase);
  if (earlier !== undefined) return earlier;
  const entries = (opCase.differentiable ?? []).map(
    (input) => [input, slopesOfInput(opCase, dy, input)] as const,
  );
  const slopes = new Map(entries);
  known.set(opCase, slopes);
  return slopes;
}

function slopesOfInput(opCase: OpCase, dy: Float32Array, input: number): Slopes {
  const size = prepareInputs(opCase)[input]?.values.length ?? 0;
  const elements = size <= mostElements ? Array(size).keys() : randomIndices(mostElements, size, 5);
  const direction = randomNumbers(size, 6);
  const along = (move: (data: Float64Array, shift: number) => void): number => {
    return (lossAt(step) - lossAt(-step)) / (2 * step);
    function lossAt(shift: number): number {
      const inputs = prepareInputs(opCase).map((prepared) => (prepared === null ? null : toMatrix(prepared)));
      const data = inputs[input]?.data;
      if (data !== undefined) move(data, shift);
      const y = firstOutput(opCase, inputs);
      return sum(y.data.length, (i) => valueAt(dy, i) * valueAt(y.data, i));
    }
  };
  return {
    elements: [...elements].map((index) => ({
      index,
      slope: along((data, shift) => {
        data[index] = valueAt(data, index) + shift;
      }),
    })),
    direction,
    alongDirection: along((data, shift) => {
      for (let i = 0; i < data.length; i++) data[i] = valueAt(data, i) + shift * valueAt(direction, i);
    }),
  };
}

function firstOutput(opCase: OpCase, inputs: readonly (Matrix | null)[]): Matrix {
  const rows = opCase.rows === undefined ? 0 : resolveDimension(opCase.rows, opCase.dimensions);
  const [y] = references.get(opCase.op.name)?.({ inputs, attributes: opCase.attributes ?? {}, rows }) ?? [];
  if (y === undefined) throw new RangeError(`${labelOf(opCase)} has no reference`);
  return y;
}
