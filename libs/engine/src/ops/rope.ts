/** Rotary position embedding (Su et al. 2021, section 3.2.2), in the half-rotated layout of Hugging Face checkpoints. */
import { like } from '../op-shapes.ts';
import type { OpDefinition } from '../program.ts';
import { f32, knownColumns, rowDimension } from '../shape.ts';

/** cos and sin of position * frequency, [tokens, 2 * frequencies], times `scaling`; one table serves all layers. */
export const ropeTable: OpDefinition = {
  name: 'rope_table',
  inputs: ['positions', 'frequencies'],
  attributes: ['scaling'],
  role: 'constant',
  shape: (context) => [f32(rowDimension(context.input(0).shape), 2 * knownColumns(context.input(1)))],
  flops: (context) => 20 * context.elements(context.node.outputs[0]),
};

/** Rotates every head of x[tokens, heads * headDim]; `inverse` = 1 rotates back, which is also its gradient. */
export const rope: OpDefinition = {
  name: 'rope',
  inputs: ['x', 'table'],
  attributes: ['headDim', 'inverse'],
  role: 'forward',
  shape: (context) => {
    const headDim = context.attribute('headDim');
    if (knownColumns(context.input(0)) % headDim !== 0 || knownColumns(context.input(1)) > headDim) {
      throw new RangeError(`a head of ${headDim} does not fit '${context.input(0).name}' or the rope table`);
    }
    return like(0)(context);
  },
  vjp: ({ builder, gradient, input, node }) => {
    const attributes = { ...node.attributes, inverse: 1 - (node.attributes['inverse'] ?? 0) };
    return [builder.apply(rope, [gradient(0), input(1)], { attributes })[0] ?? null, null];
  },
  flops: (context) => 3 * context.elements(context.node.outputs[0]),
  inPlace: [[0, 0]],
};
