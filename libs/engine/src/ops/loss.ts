import { expectColumns } from '../op-shapes.ts';
import type { OpDefinition } from '../program.ts';
import { f32, knownColumns, knownRows, rowDimension, type ValueType } from '../shape.ts';

/**
 * The head's product, softmax and cross-entropy in one op, over labelled rows h[labels, features] only, so that no
 * [labels, vocabulary] exists at once: loss = lossScale * sum(-log p(target)), and log p(target) of every row.
 * With `gradient` = 1 it also gives d loss / d h (and d W with `weightGradient` = 1), computed block by block
 * while the block's probabilities are at hand; the gradient rule only hands these on (loss is always the root).
 * An adapted head adds lowRank[labels, rank] lowRankWeight[vocabulary, rank]ᵀ to the logits, with both gradients last.
 */
export const linearCrossEntropy: OpDefinition = {
  name: 'linear_cross_entropy',
  inputs: ['h', 'w', 'targets', 'lossScale', 'lowRank?', 'lowRankWeight?'],
  attributes: ['gradient', 'weightGradient'],
  role: 'forward',
  shape: (context) => {
    const h = context.input(0);
    const w = context.input(1);
    expectColumns(h, knownColumns(w));
    const types: ValueType[] = [f32(1), f32(rowDimension(h.shape), 1)];
    if (context.attribute('gradient') === 1) types.push(f32(...h.shape));
    if (context.attribute('weightGradient') === 1) types.push(f32(knownRows(w), knownColumns(w)));
    const lowRank = context.inputs[4] ?? null;
    if (lowRank !== null) {
      const weight = context.input(5);
      expectColumns(lowRank, knownColumns(weight));
      if (context.attribute('gradient') === 1) types.push(f32(...lowRank.shape), f32(...weight.shape));
    }
    return types;
  },
  vjp: ({ node, needs, output }) => {
    const { gradient = 0, weightGradient = 0 } = node.attributes;
    if ((needs(0) && gradient === 0) || (needs(1) && weightGradient === 0)) {
      throw new RangeError('linear_cross_entropy was built without the gradient that is asked for');
    }
    const hasLowRank = (node.inputs[4] ?? null) !== null;
    const lowRank = [0, 1].map((at) =>
      hasLowRank && gradient === 1 ? output(2 + gradient + weightGradient + at) : null,
    );
    return [needs(0) ? output(2) : null, needs(1) ? output(2 + gradient) : null, null, null, ...lowRank];
  },
  flops: (context) => {
    const [h, w] = context.node.inputs;
    const { gradient = 0, weightGradient = 0 } = context.node.attributes;
    return h == null || w == null
      ? 0
      : 2 * context.rows(h) * context.elements(w) * (1 + gradient + weightGradient);
  },
};
