import * as ops from '../../ops/index.ts';
import type { OpCase } from '../op-case.ts';
import { randomIndices } from '../random.ts';

const sizes = [
  { tokens: 0, heads: 2, headDim: 8, half: 4 },
  { tokens: 1, heads: 1, headDim: 2, half: 1 },
  { tokens: 5, heads: 3, headDim: 64, half: 32 },
  { tokens: 4, heads: 2, headDim: 20, half: 5 },
  { tokens: 7, heads: 1, headDim: 22, half: 11 },
] as const;

function casesOf({ tokens, heads, headDim, half }: (typeof sizes)[number]): readonly OpCase[] {
  const label = `[${tokens}, ${heads} x ${headDim}], ${half} angles`;
  const inputs = [{ shape: ['tokens', heads * headDim] }, { shape: ['tokens', 2 * half] }];
  const frequencies = Float32Array.from({ length: half }, (_, i) => 10_000 ** (-i / half));
  const dimensions = { tokens };
  return [
    { op: ops.rope, label, inputs, attributes: { headDim, inverse: 0 }, dimensions, differentiable: [0] },
    { op: ops.rope, label: `${label}, inverse`, inputs, attributes: { headDim, inverse: 1 }, dimensions },
    {
      op: ops.ropeTable,
      label,
      inputs: [
        { shape: ['tokens', 1], values: randomIndices(tokens, 100_000, 3) },
        { shape: [half], values: frequencies },
      ],
      attributes: { scaling: 1.25 },
      dimensions,
    },
  ];
}

export const ropeCases: readonly OpCase[] = sizes.flatMap(casesOf);
