/** Normalisation of rows. The gradients compute a row's statistics again: it is cheaper than to keep them. */
import { elementwise, expectColumns, like } from '../op-shapes.ts';
import type { CostContext, OpDefinition, ShapeContext } from '../program.ts';
import { f32, knownColumns, type ValueType } from '../shape.ts';
import { columnSum } from './elementwise.ts';

function perElement(operations: number): (context: CostContext) => number {
  return (context) => operations * context.elements(context.node.inputs[0]);
}

function groupedLike(index: number, weight: number): (context: ShapeContext) => readonly ValueType[] {
  return (context) => {
    const columns = knownColumns(context.input(index));
    const width = knownColumns(context.input(weight));
    if (columns % width !== 0)
      throw new RangeError(`${columns} columns are not a multiple of the norm's ${width}`);
    return like(index)(context);
  };
}

const rmsNormDx: OpDefinition = {
  name: 'rms_norm_dx',
  inputs: ['dy', 'x', 'w', 'addend?'],
  attributes: ['epsilon'],
  role: 'gradient',
  shape: (context) => {
    elementwise(0, 1)(context);
    return groupedLike(0, 2)(context);
  },
  flops: perElement(9),
  inPlace: [
    [3, 0],
    [0, 0],
  ],
  addendInput: 3,
};

const rmsNormDw: OpDefinition = {
  name: 'rms_norm_dw',
  inputs: ['dy', 'x'],
  attributes: ['epsilon', 'width'],
  role: 'gradient',
  shape: (context) => {
    elementwise(0, 1)(context);
    return [f32(context.attribute('width'))];
  },
  flops: perElement(5),
};

/**
 * RMSNorm (Zhang and Sennrich 2019, equation 4): x / sqrt(mean(x²) + epsilon) * w. Where w is narrower than x, each
 * group of its width is normalised on its own (the q and k norms of Qwen3).
 */
export const rmsNorm: OpDefinition = {
  name: 'rms_norm',
  inputs: ['x', 'w'],
  attributes: ['epsilon'],
  role: 'forward',
  shape: groupedLike(0, 1),
  vjp: ({ builder, gradient, input, needs, node }) => {
    const width = knownColumns(input(1));
    const { attributes } = node;
    return [
      needs(0)
        ? (builder.apply(rmsNormDx, [gradient(0), input(0), input(1), null], { attributes })[0] ?? null)
        : null,
      needs(1)
        ? (builder.apply(rmsNormDw, [gradient(0), input(0)], { attributes: { ...attributes, width } })[0] ??
          null)
        : null,
    ];
  },
  flops: perElement(4),
  inPlace: [[0, 0]],
  recompute: true,
};

const layerNormDx: OpDefinition = {
  name: 'layer_norm_dx',
  inputs: ['dy', 'x', 'w', 'addend?'],
  attributes: ['epsilon'],
  role: 'gradient',
  shape: (context) => {
    elementwise(0, 1)(context);
    expectColumns(context.input(2), knownColumns(context.input(0)));
    return like(0)(context);
  },
  flops: perElement(12),
  inPlace: [
    [3, 0],
    [0, 0],
  ],
  addendInput: 3,
};

const layerNormDw: OpDefinition = {
  name: 'layer_norm_dw',
  inputs: ['dy', 'x'],
  attributes: ['epsilon'],
  role: 'gradient',
  shape: (context) => {
    elementwise(0, 1)(context);
    return [f32(knownColumns(context.input(0)))];
  },
  flops: perElement(7),
};

/** LayerNorm (Ba, Kiros and Hinton 2016, equation 4) over the columns of each row. */
export const layerNorm: OpDefinition = {
  name: 'layer_norm',
  inputs: ['x', 'w', 'bias'],
  attributes: ['epsilon'],
  role: 'forward',
  shape: (context) => {
    const columns = knownColumns(context.input(0));
    expectColumns(context.input(1), columns);
    expectColumns(context.input(2), columns);
    return like(0)(context);
  },
  vjp: ({ builder, gradient, input, needs, node }) => {
    const { attributes } = node;
    const dy = gradient(0);
    return [
      needs(0)
        ? (builder.apply(layerNormDx, [dy, input(0), input(1), null], { attributes })[0] ?? null)
        : null,
      needs(1) ? (builder.apply(layerNormDw, [dy, input(0)], { attributes })[0] ?? null) : null,
      needs(2) ? (builder.apply(columnSum, [dy], { attributes: { alpha: 1 } })[0] ?? null) : null,
    ];
  },
  flops: perElement(8),
  inPlace: [[0, 0]],
  recompute: true,
};

export const normGradients: readonly OpDefinition[] = [rmsNormDx, rmsNormDw, layerNormDx, layerNormDw];
