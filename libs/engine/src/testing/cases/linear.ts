import * as ops from '../../ops/index.ts';
import type { OpDefinition } from '../../program.ts';
import type { CaseInput, OpCase } from '../op-case.ts';

interface Sizes {
  readonly tokens: number;
  readonly k: number;
  readonly n: number;
}

/** Odd sizes around the widths of vectors and tiles, one row, no row. */
const sizes: readonly Sizes[] = [
  { tokens: 0, k: 8, n: 5 },
  { tokens: 1, k: 1, n: 1 },
  { tokens: 1, k: 67, n: 33 },
  { tokens: 5, k: 17, n: 31 },
  { tokens: 7, k: 64, n: 3 },
  { tokens: 33, k: 48, n: 129 },
  { tokens: 130, k: 40, n: 8 },
];

const labelOf = ({ tokens, k, n }: Sizes): string => `[${tokens}, ${k}] by [${n}, ${k}]`;

function products({ tokens, k, n }: Sizes): readonly OpCase[] {
  const size = labelOf({ tokens, k, n });
  const dimensions = { tokens };
  const x = { shape: ['tokens', k] };
  const dy = { shape: ['tokens', n] };
  const trainable: CaseInput = { shape: [n, k], kind: 'parameter' };
  const packed: CaseInput = { shape: [n, k], kind: 'weight' };
  const bias: CaseInput = { shape: [n], kind: 'parameter' };
  const addend = { shape: ['tokens', n] };
  const make = (
    op: OpDefinition,
    label: string,
    inputs: readonly (CaseInput | null)[],
    alpha: number,
  ): OpCase => ({
    op,
    label: `${size}, ${label}`,
    inputs,
    attributes: { alpha },
    dimensions,
  });
  return [
    { ...make(ops.linear, 'packed', [x, packed, null, null], 1), differentiable: [0] },
    {
      ...make(ops.linear, 'packed, alpha, bias, addend', [x, packed, bias, addend], 0.5),
      differentiable: [0, 3],
    },
    { ...make(ops.linear, 'trainable', [x, trainable, null, null], 2), differentiable: [0, 1] },
    {
      ...make(ops.linear, 'trainable, bias, addend', [x, trainable, bias, addend], 1),
      differentiable: [0, 1, 2, 3],
    },
    make(ops.linearDx, 'packed', [dy, packed, null], 1),
    make(ops.linearDx, 'packed, alpha, addend', [dy, packed, x], 0.5),
    make(ops.linearDx, 'trainable, addend', [dy, trainable, x], 4),
    make(ops.linearDw, 'alpha', [dy, x], 0.5),
    make(ops.columnSum, 'alpha', [dy], 2),
    { op: ops.columnDot, label: size, inputs: [dy, addend], dimensions },
  ];
}

export const linearCases: readonly OpCase[] = sizes.flatMap(products);
