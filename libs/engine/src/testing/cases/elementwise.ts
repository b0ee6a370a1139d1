import * as ops from '../../ops/index.ts';
import type { OpCase } from '../op-case.ts';
import { randomNumbers } from '../random.ts';

const sizes = [
  { tokens: 0, n: 7 },
  { tokens: 1, n: 1 },
  { tokens: 3, n: 37 },
  { tokens: 17, n: 96 },
] as const;

function casesOf({ tokens, n }: (typeof sizes)[number]): readonly OpCase[] {
  const label = `[${tokens}, ${n}]`;
  const dimensions = { tokens };
  const x = { shape: ['tokens', n] };
  const wide = { shape: ['tokens', n], values: randomNumbers(tokens * n, 9, 12) };
  const common = { label, dimensions };
  return [
    { ...common, op: ops.add, inputs: [x, x], differentiable: [0, 1] },
    { ...common, op: ops.siluMul, inputs: [wide, x], differentiable: [0, 1] },
    { ...common, op: ops.siluMulGrad, inputs: [x, wide, x] },
    { ...common, op: ops.geluTanh, inputs: [x], differentiable: [0] },
    { ...common, op: ops.geluTanh, inputs: [wide], label: `${label}, wide`, differentiable: [0] },
    { ...common, op: ops.geluTanhGrad, inputs: [x, wide] },
    { ...common, op: ops.tanh, inputs: [x], differentiable: [0] },
    { ...common, op: ops.tanh, inputs: [wide], label: `${label}, wide` },
    { ...common, op: ops.tanhGrad, inputs: [x, x] },
    {
      ...common,
      op: ops.scaleColumns,
      inputs: [x, { shape: [n], kind: 'parameter' }],
      differentiable: [0, 1],
    },
    ...dropoutCases(tokens, n),
  ];
}

function dropoutCases(tokens: number, n: number): readonly OpCase[] {
  const settings = [
    { probability: 0.1, stream: 0, seed: [42, 1] },
    { probability: 0.5, stream: 7, seed: [-3, 2_000_000_011] },
    { probability: 0, stream: 1, seed: [0, 0] },
  ];
  return settings.map(({ seed, ...attributes }) => ({
    op: ops.dropout,
    label: `[${tokens}, ${n}], probability ${attributes.probability}`,
    inputs: [{ shape: ['tokens', n] }, { shape: [2], values: Int32Array.from(seed) }],
    attributes,
    dimensions: { tokens },
    differentiable: [0],
  }));
}

export const elementwiseCases: readonly OpCase[] = sizes.flatMap(casesOf);
