/** Ops that treat each element, or each element with its column's number, on its own. */
import { elementwise, expectColumns, like } from '../op-shapes.ts';
import type { CostContext, OpDefinition } from '../program.ts';
import { f32, knownColumns } from '../shape.ts';

function perElement(operations: number): (context: CostContext) => number {
  return (context) => operations * context.elements(context.node.outputs[0]);
}

export const add: OpDefinition = {
  name: 'add',
  inputs: ['a', 'b'],
  attributes: [],
  role: 'forward',
  shape: elementwise(0, 1),
  vjp: ({ gradient }) => [gradient(0), gradient(0)],
  flops: perElement(1),
  inPlace: [
    [0, 0],
    [1, 0],
  ],
};

export const siluMulGrad: OpDefinition = {
  name: 'silu_mul_grad',
  inputs: ['dy', 'gate', 'up'],
  attributes: [],
  role: 'gradient',
  shape: (context) => {
    const [type] = elementwise(0, 1, 2)(context);
    return type === undefined ? [] : [type, type];
  },
  flops: perElement(14),
  inPlace: [
    [1, 0],
    [2, 1],
  ],
};

/** SwiGLU's product silu(gate) * up (Shazeer 2020, section 2). */
export const siluMul: OpDefinition = {
  name: 'silu_mul',
  inputs: ['gate', 'up'],
  attributes: [],
  role: 'forward',
  shape: elementwise(0, 1),
  vjp: ({ builder, gradient, input }) => {
    const [dGate, dUp] = builder.apply(siluMulGrad, [gradient(0), input(0), input(1)]);
    return [dGate ?? null, dUp ?? null];
  },
  flops: perElement(10),
  inPlace: [
    [0, 0],
    [1, 0],
  ],
  recompute: true,
};

export const geluTanhGrad: OpDefinition = {
  name: 'gelu_tanh_grad',
  inputs: ['dy', 'x'],
  attributes: [],
  role: 'gradient',
  shape: elementwise(0, 1),
  flops: perElement(25),
  inPlace: [
    [0, 0],
    [1, 0],
  ],
};

/** GELU by its tanh approximation, the form of GPT-2 (Hendrycks and Gimpel 2016, section 2). */
export const geluTanh: OpDefinition = {
  name: 'gelu_tanh',
  inputs: ['x'],
  attributes: [],
  role: 'forward',
  shape: like(0),
  vjp: ({ builder, gradient, input }) => [builder.apply(geluTanhGrad, [gradient(0), input(0)])[0] ?? null],
  flops: perElement(18),
  inPlace: [[0, 0]],
  recompute: true,
};

export const tanhGrad: OpDefinition = {
  name: 'tanh_grad',
  inputs: ['dy', 'y'],
  attributes: [],
  role: 'gradient',
  shape: elementwise(0, 1),
  flops: perElement(3),
  inPlace: [
    [0, 0],
    [1, 0],
  ],
};

export const tanh: OpDefinition = {
  name: 'tanh',
  inputs: ['x'],
  attributes: [],
  role: 'forward',
  shape: like(0),
  vjp: ({ builder, gradient, output }) => [builder.apply(tanhGrad, [gradient(0), output(0)])[0] ?? null],
  flops: perElement(12),
  inPlace: [[0, 0]],
};

export const columnDot: OpDefinition = {
  name: 'column_dot',
  inputs: ['dy', 'x'],
  attributes: [],
  role: 'gradient',
  shape: (context) => {
    elementwise(0, 1)(context);
    return [f32(knownColumns(context.input(0)))];
  },
  flops: (context) => 2 * context.elements(context.node.inputs[0]),
};

export const columnSum: OpDefinition = {
  name: 'column_sum',
  inputs: ['dy'],
  attributes: ['alpha'],
  role: 'gradient',
  shape: (context) => [f32(knownColumns(context.input(0)))],
  flops: (context) => context.elements(context.node.inputs[0]),
};

/** Each column times its own factor: x[t, n] * s[n]; the heart of (IA)³. */
export const scaleColumns: OpDefinition = {
  name: 'scale_columns',
  inputs: ['x', 's'],
  attributes: [],
  role: 'forward',
  shape: (context) => {
    expectColumns(context.input(1), knownColumns(context.input(0)));
    return like(0)(context);
  },
  vjp: ({ builder, gradient, input, needs }) => [
    needs(0) ? (builder.apply(scaleColumns, [gradient(0), input(1)])[0] ?? null) : null,
    needs(1) ? (builder.apply(columnDot, [gradient(0), input(0)])[0] ?? null) : null,
  ],
  flops: perElement(1),
  inPlace: [[0, 0]],
  recompute: true,
};

/**
 * Zeroes each element with `probability` and scales the rest by 1 / (1 - probability). The mask is a function of the
 * run's seed, the `stream` of the site and the element's index, so the backward pass draws the same one again.
 */
export const dropout: OpDefinition = {
  name: 'dropout',
  inputs: ['x', 'seed'],
  attributes: ['probability', 'stream'],
  role: 'forward',
  shape: like(0),
  vjp: ({ builder, gradient, input, node }) => [
    builder.apply(dropout, [gradient(0), input(1)], { attributes: node.attributes })[0] ?? null,
    null,
  ],
  flops: perElement(6),
  inPlace: [[0, 0]],
  recompute: true,
};
