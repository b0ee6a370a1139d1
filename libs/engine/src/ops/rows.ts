/** Ops that pick, place, cut and widen rows and columns. */
import type { OpDefinition } from '../program.ts';
import { type Dimension, f32, knownColumns, rowDimension } from '../shape.ts';

const none = (): number => 0;

function rowsOf(rows: Dimension | null, op: string): Dimension {
  if (rows === null) throw new RangeError(`op '${op}' needs the row dimension of its output`);
  return rows;
}

export const embeddingGrad: OpDefinition = {
  name: 'embedding_grad',
  inputs: ['dy', 'ids'],
  attributes: [],
  role: 'gradient',
  shape: (context) => [f32(rowsOf(context.rows, 'embedding_grad'), knownColumns(context.input(0)))],
  flops: (context) => context.elements(context.node.inputs[0]),
};

/** Rows of table[vocabulary, features] by id: [tokens, features]. */
export const embedding: OpDefinition = {
  name: 'embedding',
  inputs: ['table', 'ids'],
  attributes: [],
  role: 'forward',
  shape: (context) => [f32(rowDimension(context.input(1).shape), knownColumns(context.input(0)))],
  vjp: ({ builder, gradient, input }) => [
    builder.apply(embeddingGrad, [gradient(0), input(1)], { rows: rowDimension(input(0).shape) })[0] ?? null,
    null,
  ],
  flops: none,
  recompute: true,
};

export const scatterRows: OpDefinition = {
  name: 'scatter_rows',
  inputs: ['dy', 'rows'],
  attributes: [],
  role: 'gradient',
  shape: (context) => [f32(rowsOf(context.rows, 'scatter_rows'), knownColumns(context.input(0)))],
  flops: (context) => context.elements(context.node.inputs[0]),
};

/** The listed rows of x, in the order listed. */
export const gatherRows: OpDefinition = {
  name: 'gather_rows',
  inputs: ['x', 'rows'],
  attributes: [],
  role: 'forward',
  shape: (context) => [f32(rowDimension(context.input(1).shape), knownColumns(context.input(0)))],
  vjp: ({ builder, gradient, input }) => [
    builder.apply(scatterRows, [gradient(0), input(1)], { rows: rowDimension(input(0).shape) })[0] ?? null,
    null,
  ],
  flops: none,
};

export const padColumns: OpDefinition = {
  name: 'pad_columns',
  inputs: ['dy'],
  attributes: ['start', 'total'],
  role: 'gradient',
  shape: (context) => [f32(rowDimension(context.input(0).shape), context.attribute('total'))],
  flops: none,
};

/** Columns [start, start + width) of x. */
export const sliceColumns: OpDefinition = {
  name: 'slice_columns',
  inputs: ['x'],
  attributes: ['start', 'width'],
  role: 'forward',
  shape: (context) => {
    const end = context.attribute('start') + context.attribute('width');
    if (end > knownColumns(context.input(0)))
      throw new RangeError(`columns up to ${end} lie outside of the value`);
    return [f32(rowDimension(context.input(0).shape), context.attribute('width'))];
  },
  vjp: ({ builder, gradient, input, node }) => {
    const attributes = { start: node.attributes['start'] ?? 0, total: knownColumns(input(0)) };
    return [builder.apply(padColumns, [gradient(0)], { attributes })[0] ?? null];
  },
  flops: none,
  recompute: true,
};
