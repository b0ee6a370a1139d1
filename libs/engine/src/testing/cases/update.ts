import * as ops from '../../ops/index.ts';
import type { CaseInput, OpCase } from '../op-case.ts';
import { randomNumbers } from '../random.ts';

const sizes = [1, 7, 256, 5003] as const;

function casesOf(n: number): readonly OpCase[] {
  const state = (seed: number): CaseInput => ({ shape: [n], kind: 'state', values: randomNumbers(n, seed) });
  const second = { ...state(4), values: randomNumbers(n, 4).map(Math.abs) };
  const adamw = (label: string, hyper: readonly number[]): OpCase => ({
    op: ops.adamw,
    label: `${n} elements, ${label}`,
    inputs: [state(1), state(2), state(3), second, { shape: [8], values: Float32Array.from(hyper) }],
    dimensions: {},
  });
  const label = `${n} elements`;
  return [
    { op: ops.accumulate, label, inputs: [state(1), { shape: [n] }], dimensions: {} },
    { op: ops.squaredNorm, label, inputs: [{ shape: [n] }], dimensions: {} },
    adamw('first step', [5e-4, 0.9, 0.999, 1e-8, 0, 0.1, 0.001, 1]),
    adamw('decay and clipping', [1e-2, 0.9, 0.95, 1e-6, 0.1, 0.5, 0.3, 0.25]),
  ];
}

export const updateCases: readonly OpCase[] = sizes.flatMap(casesOf);
