/** The network through which a prefix may be trained (Li and Liang 2021, section 4.3): embedding, linear, tanh, linear. */
import { ops, type ProgramBuilder, type Value } from '@weft/engine';
import type { AdapterParameter, ParameterValues } from '../adapter.ts';
import { RandomStream } from '../random.ts';

export interface ProjectionSizes {
  readonly tokens: number;
  /** Of the embedding. */
  readonly features: number;
  readonly hidden: number;
  /** Of the result: keys and values of all layers. */
  readonly outFeatures: number;
}

const embedding = 'prefix.embedding';
const first = 'prefix.first';
const second = 'prefix.second';

/** None of them is in the adapter's file: that holds the network's results. */
export function projectionParameters(sizes: ProjectionSizes, seed: number): readonly AdapterParameter[] {
  const { tokens, features, hidden, outFeatures } = sizes;
  return [
    parameter(embedding, [tokens, features], { seed, draw: (random) => random.normal() }),
    ...linear(first, [hidden, features], seed),
    ...linear(second, [outFeatures, hidden], seed),
  ];
}

/** [tokens, outFeatures] */
export function buildProjection(builder: ProgramBuilder, sizes: ProjectionSizes): Value {
  const { tokens, features, hidden, outFeatures } = sizes;
  const apply = (name: string, x: Value, shape: readonly [number, number]): Value => {
    const weight = builder.parameter(`${name}.weight`, shape);
    const bias = builder.parameter(`${name}.bias`, [shape[0]]);
    return builder.compute(ops.linear, [x, weight, bias, null], { attributes: { alpha: 1 } });
  };
  const inner = apply(first, builder.parameter(embedding, [tokens, features]), [hidden, features]);
  return apply(second, builder.compute(ops.tanh, [inner]), [outFeatures, hidden]);
}

/** The same outside of a Program, accumulated in float64: [tokens, outFeatures]. */
export function computeProjection(sizes: ProjectionSizes, values: ParameterValues): Float32Array {
  const { tokens, features, hidden, outFeatures } = sizes;
  const apply = (name: string, x: Float32Array, [rows, columns]: readonly [number, number]): Float32Array =>
    multiply(x, { weight: values(`${name}.weight`), bias: values(`${name}.bias`), tokens, rows, columns });
  const inner = apply(first, values(embedding), [hidden, features]);
  return apply(second, inner.map(Math.tanh), [outFeatures, hidden]);
}

interface Layer {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly tokens: number;
  readonly rows: number;
  readonly columns: number;
}

function multiply(x: Float32Array, { weight, bias, tokens, rows, columns }: Layer): Float32Array {
  const y = new Float32Array(tokens * rows);
  for (let token = 0; token < tokens; token++) {
    for (let row = 0; row < rows; row++) {
      let sum = bias[row] ?? 0;
      for (let i = 0; i < columns; i++)
        sum += (weight[row * columns + i] ?? 0) * (x[token * columns + i] ?? 0);
      y[token * rows + row] = sum;
    }
  }
  return y;
}

/** Weight and bias uniform in ±1 / sqrt(in), as PyTorch's linear layers start. */
function linear(name: string, shape: readonly [number, number], seed: number): readonly AdapterParameter[] {
  const bound = 1 / Math.sqrt(shape[1]);
  const draw = (random: RandomStream): number => bound * (2 * random.uniform() - 1);
  const weight = parameter(`${name}.weight`, shape, { seed, draw });
  return [weight, { ...parameter(`${name}.bias`, [shape[0]], { seed, draw }), isDecayed: false }];
}

interface Draw {
  readonly seed: number;
  draw(random: RandomStream): number;
}

function parameter(name: string, shape: readonly number[], { seed, draw }: Draw): AdapterParameter {
  const length = shape.reduce((product, size) => product * size, 1);
  return {
    name,
    shape,
    isDecayed: true,
    initialise() {
      const random = new RandomStream(seed, name);
      return Float32Array.from({ length }, () => draw(random));
    },
    file: null,
  };
}
