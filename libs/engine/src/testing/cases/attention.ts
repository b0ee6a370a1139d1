import * as ops from '../../ops/index.ts';
import type { CaseInput, OpCase } from '../op-case.ts';
import { randomNumbers } from '../random.ts';
import { attention as referenceAttention } from '../reference/attention.ts';
import type { Matrix } from '../reference/matrix.ts';

interface Shape {
  /** Lengths of the sequences. */
  readonly lengths: readonly number[];
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly window?: number;
  readonly prefix?: number;
}

const shapes: readonly Shape[] = [
  { lengths: [], heads: 2, kvHeads: 1, headDim: 8 },
  { lengths: [1], heads: 1, kvHeads: 1, headDim: 1 },
  { lengths: [5], heads: 2, kvHeads: 2, headDim: 16 },
  { lengths: [3, 1, 7], heads: 4, kvHeads: 2, headDim: 8 },
  { lengths: [2, 0, 4], heads: 3, kvHeads: 1, headDim: 20 },
  { lengths: [9, 4], heads: 2, kvHeads: 1, headDim: 16, window: 3 },
  { lengths: [6, 2], heads: 2, kvHeads: 2, headDim: 8, prefix: 3 },
  { lengths: [7, 3], heads: 4, kvHeads: 2, headDim: 12, prefix: 5, window: 4 },
  { lengths: [70, 37], heads: 2, kvHeads: 1, headDim: 64 },
  { lengths: [90], heads: 1, kvHeads: 1, headDim: 33, window: 40, prefix: 17 },
];

function startsOf(lengths: readonly number[]): Int32Array {
  const starts = [0];
  for (const length of lengths) starts.push((starts.at(-1) ?? 0) + length);
  return Int32Array.from(starts);
}

function attributesOf({ heads, kvHeads, headDim, window = 0 }: Shape): Readonly<Record<string, number>> {
  return { heads, kvHeads, headDim, scale: 1 / Math.sqrt(headDim), window };
}

function labelOf({ lengths, heads, kvHeads, headDim, window = 0, prefix = 0 }: Shape): string {
  return `sequences of ${lengths.join(', ')}, ${heads}/${kvHeads} heads of ${headDim}, window ${window}, prefix ${prefix}`;
}

interface Operands {
  readonly q: CaseInput;
  readonly k: CaseInput;
  readonly v: CaseInput;
  readonly starts: CaseInput;
  readonly prefix: readonly [CaseInput | null, CaseInput | null];
}

function operandsOf(shape: Shape): Operands {
  const { lengths, heads, kvHeads, headDim, prefix = 0 } = shape;
  const tokens = lengths.reduce((total, length) => total + length, 0);
  const random = (rows: number, columns: number, seed: number): Float32Array =>
    randomNumbers(rows * columns, seed, 2);
  const kv = kvHeads * headDim;
  const prefixOf = (seed: number): CaseInput | null =>
    prefix === 0 ? null : { shape: [prefix, kv], kind: 'parameter', values: random(prefix, kv, seed) };
  return {
    q: { shape: ['tokens', heads * headDim], values: random(tokens, heads * headDim, 1) },
    k: { shape: ['tokens', kv], values: random(tokens, kv, 2) },
    v: { shape: ['tokens', kv], values: random(tokens, kv, 3) },
    starts: { shape: ['bounds', 1], values: startsOf(lengths) },
    prefix: [prefixOf(4), prefixOf(5)],
  };
}

function dimensionsOf({ lengths }: Shape): Readonly<Record<string, number>> {
  return { tokens: lengths.reduce((total, length) => total + length, 0), bounds: lengths.length + 1 };
}

function forwardCase(shape: Shape): OpCase {
  const { q, k, v, starts, prefix } = operandsOf(shape);
  return {
    op: ops.attention,
    label: labelOf(shape),
    inputs: [q, k, v, starts, ...prefix],
    attributes: attributesOf(shape),
    dimensions: dimensionsOf(shape),
    differentiable: shape.prefix === undefined ? [0, 1, 2] : [0, 1, 2, 4, 5],
    tolerance: 2e-5,
  };
}

/** The forward outputs that the gradient op reads come from the reference. */
function gradientCase(shape: Shape): OpCase {
  const { q, k, v, starts, prefix } = operandsOf(shape);
  const attributes = attributesOf(shape);
  const dimensions = dimensionsOf(shape);
  const asMatrix = (input: CaseInput | null, columns: number): Matrix | null =>
    input?.values === undefined
      ? null
      : { rows: input.values.length / columns, columns, data: Float64Array.from(input.values) };
  const kv = shape.kvHeads * shape.headDim;
  const [out, logSumExp] = referenceAttention({
    inputs: [
      asMatrix(q, shape.heads * shape.headDim),
      asMatrix(k, kv),
      asMatrix(v, kv),
      asMatrix(starts, 1),
      asMatrix(prefix[0], kv),
      asMatrix(prefix[1], kv),
    ],
    attributes,
    rows: 0,
  });
  const outInput = { shape: q.shape, values: Float32Array.from(out?.data ?? []) };
  const logSumExpInput = {
    shape: ['tokens', shape.heads],
    values: Float32Array.from(logSumExp?.data ?? []),
  };
  return {
    op: ops.attentionGrad,
    label: labelOf(shape),
    inputs: [{ shape: q.shape }, q, k, v, outInput, logSumExpInput, starts, ...prefix],
    attributes,
    dimensions,
    tolerance: 2e-5,
  };
}

interface CacheShape extends Shape {
  readonly cached: readonly number[];
  readonly slots: readonly number[];
  readonly cacheRows: number;
}

const cacheShapes: readonly CacheShape[] = [
  {
    lengths: [1, 1, 1],
    cached: [0, 5, 17],
    slots: [20, 0, 40],
    cacheRows: 70,
    heads: 4,
    kvHeads: 2,
    headDim: 16,
  },
  { lengths: [6, 1], cached: [0, 9], slots: [0, 30], cacheRows: 45, heads: 2, kvHeads: 1, headDim: 20 },
  {
    lengths: [1, 3],
    cached: [11, 4],
    slots: [16, 0],
    cacheRows: 40,
    heads: 2,
    kvHeads: 2,
    headDim: 8,
    window: 4,
  },
  { lengths: [1], cached: [130], slots: [3], cacheRows: 140, heads: 3, kvHeads: 1, headDim: 64 },
];

function cachedCase(shape: CacheShape): OpCase {
  const { q, k, v, starts } = operandsOf(shape);
  const kv = shape.kvHeads * shape.headDim;
  const cache = (seed: number): CaseInput => ({
    shape: [shape.cacheRows, kv],
    kind: 'state',
    values: randomNumbers(shape.cacheRows * kv, seed, 2),
  });
  const perSequence = (values: readonly number[]): CaseInput => ({
    shape: ['sequences', 1],
    values: Int32Array.from(values),
  });
  return {
    op: ops.cachedAttention,
    label: `${labelOf(shape)}, cached ${shape.cached.join(', ')}`,
    inputs: [q, k, v, cache(6), cache(7), starts, perSequence(shape.slots), perSequence(shape.cached)],
    attributes: attributesOf(shape),
    dimensions: { ...dimensionsOf(shape), sequences: shape.lengths.length },
    tolerance: 2e-5,
  };
}

export const attentionCases: readonly OpCase[] = [
  ...shapes.map(forwardCase),
  ...shapes.map(gradientCase),
  ...cacheShapes.map(cachedCase),
];
