import * as ops from '../../ops/index.ts';
import type { CaseInput, OpCase } from '../op-case.ts';
import { randomIndices } from '../random.ts';

const sizes = [
  { tokens: 0, picked: 0, d: 4 },
  { tokens: 1, picked: 1, d: 1 },
  { tokens: 9, picked: 4, d: 33 },
  { tokens: 6, picked: 40, d: 16 },
  { tokens: 12, picked: 0, d: 5 },
] as const;

function indices(count: number, limit: number): CaseInput {
  return { shape: ['picked', 1], values: randomIndices(count, limit, count + limit) };
}

function casesOf({ tokens, picked, d }: (typeof sizes)[number]): readonly OpCase[] {
  const vocabulary = 13;
  const common = { label: `${picked} of ${tokens}, ${d} wide`, dimensions: { tokens, picked } };
  const ids = indices(picked, vocabulary);
  const rows = indices(picked, tokens);
  const table: CaseInput = { shape: [vocabulary, d], kind: 'parameter' };
  return [
    { ...common, op: ops.embedding, inputs: [table, ids], differentiable: [0] },
    {
      ...common,
      label: `${common.label}, frozen`,
      op: ops.embedding,
      inputs: [{ shape: [vocabulary, d], kind: 'weight' }, ids],
    },
    { ...common, op: ops.embeddingGrad, inputs: [{ shape: ['picked', d] }, ids], rows: vocabulary },
    { ...common, op: ops.gatherRows, inputs: [{ shape: ['tokens', d] }, rows], differentiable: [0] },
    { ...common, op: ops.scatterRows, inputs: [{ shape: ['picked', d] }, rows], rows: 'tokens' },
  ];
}

const columns = [
  { tokens: 0, n: 6, start: 2, width: 3 },
  { tokens: 1, n: 1, start: 0, width: 1 },
  { tokens: 5, n: 35, start: 0, width: 17 },
  { tokens: 5, n: 35, start: 17, width: 18 },
] as const;

function columnCases({ tokens, n, start, width }: (typeof columns)[number]): readonly OpCase[] {
  const common = {
    label: `columns ${start} to ${start + width} of [${tokens}, ${n}]`,
    dimensions: { tokens },
  };
  return [
    {
      ...common,
      op: ops.sliceColumns,
      inputs: [{ shape: ['tokens', n] }],
      attributes: { start, width },
      differentiable: [0],
    },
    {
      ...common,
      op: ops.padColumns,
      inputs: [{ shape: ['tokens', width] }],
      attributes: { start, total: n },
    },
  ];
}

export const rowCases: readonly OpCase[] = [...sizes.flatMap(casesOf), ...columns.flatMap(columnCases)];
