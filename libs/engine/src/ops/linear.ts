/** Products with a matrix W[out, in], the layout in which checkpoints store linear layers. */
import { expectAddend, expectColumns, knownRows } from '../op-shapes.ts';
import type { CostContext, GradientContext, OpDefinition, Value } from '../program.ts';
import { f32, knownColumns, rowDimension } from '../shape.ts';
import { columnSum } from './elementwise.ts';

/** dx[t, in] = alpha * dy[t, out] W + addend[t, in]. */
export const linearDx: OpDefinition = {
  name: 'linear_dx',
  inputs: ['dy', 'w', 'addend?'],
  attributes: ['alpha'],
  role: 'gradient',
  shape: (context) => {
    const w = context.input(1);
    expectColumns(context.input(0), knownRows(w));
    const rows = rowDimension(context.input(0).shape);
    expectAddend(context.inputs[2], rows, knownColumns(w));
    return [f32(rows, knownColumns(w))];
  },
  flops: productFlops,
  inPlace: [[2, 0]],
  addendInput: 2,
};

/** dw[out, in] = alpha * dy[t, out]ᵀ x[t, in]. */
export const linearDw: OpDefinition = {
  name: 'linear_dw',
  inputs: ['dy', 'x'],
  attributes: ['alpha'],
  role: 'gradient',
  shape: (context) => [f32(knownColumns(context.input(0)), knownColumns(context.input(1)))],
  flops: (context) =>
    2 * context.elements(context.node.inputs[0]) * knownColumns(context.node.inputs[1] ?? f32(0, 0)),
};

/** y[t, out] = alpha * (x[t, in] Wᵀ + bias[out]) + addend[t, out]. */
export const linear: OpDefinition = {
  name: 'linear',
  inputs: ['x', 'w', 'bias?', 'addend?'],
  attributes: ['alpha'],
  role: 'forward',
  shape: (context) => {
    const w = context.input(1);
    expectColumns(context.input(0), knownColumns(w));
    const rows = rowDimension(context.input(0).shape);
    const bias = context.inputs[2] ?? null;
    if (bias !== null) expectColumns(bias, knownRows(w));
    expectAddend(context.inputs[3], rows, knownRows(w));
    return [f32(rows, knownRows(w))];
  },
  vjp: linearGradient,
  flops: productFlops,
  inPlace: [[3, 0]],
  addendInput: 3,
};

function linearGradient(context: GradientContext): readonly (Value | null)[] {
  const { builder, gradient, input, needs, node } = context;
  const dy = gradient(0);
  const { attributes } = node;
  const one = (op: OpDefinition, inputs: readonly (Value | null)[]): Value | null =>
    builder.apply(op, inputs, { attributes })[0] ?? null;
  return [
    needs(0) ? one(linearDx, [dy, input(1), null]) : null,
    needs(1) ? one(linearDw, [dy, input(0)]) : null,
    needs(2) ? one(columnSum, [dy]) : null,
    needs(3) ? dy : null,
  ];
}

function productFlops(context: CostContext): number {
  const [x, w] = context.node.inputs;
  return x == null || w == null ? 0 : 2 * context.rows(x) * context.elements(w);
}
