/** Causal attention over sequences laid end to end; only these ops know where a sequence ends. */
import { expectColumns, expectSameShape } from '../op-shapes.ts';
import type { CostContext, OpDefinition, ShapeContext, Value } from '../program.ts';
import { f32, rowDimension, type ValueType } from '../shape.ts';

const attributes = ['heads', 'kvHeads', 'headDim', 'scale', 'window'] as const;

function checkHeads(context: ShapeContext, q: Value, k: Value, v: Value): void {
  const headDim = context.attribute('headDim');
  if (context.attribute('heads') % context.attribute('kvHeads') !== 0) {
    throw new RangeError(
      `${context.attribute('heads')} heads are not a multiple of ${context.attribute('kvHeads')}`,
    );
  }
  expectColumns(q, context.attribute('heads') * headDim);
  expectColumns(k, context.attribute('kvHeads') * headDim);
  expectSameShape(k, v);
}

/** Two products of half a square each; the sequences of a run are taken as equally long. */
function attentionFlops(products: number): (context: CostContext) => number {
  return (context) => {
    const { heads = 0, headDim = 0 } = context.node.attributes;
    const q = context.node.inputs.find((value) => value?.shape.length === 2);
    const starts = context.node.inputs.find((value) => value?.dtype === 'i32');
    if (q == null || starts == null) return 0;
    const tokens = context.rows(q);
    const sequences = Math.max(1, context.elements(starts) - 1);
    return products * tokens * (tokens / sequences) * heads * headDim;
  };
}

export const attentionGrad: OpDefinition = {
  name: 'attention_grad',
  inputs: ['dOut', 'q', 'k', 'v', 'out', 'logSumExp', 'sequenceStarts', 'prefixKeys?', 'prefixValues?'],
  attributes,
  role: 'gradient',
  shape: (context) => {
    checkHeads(context, context.input(1), context.input(2), context.input(3));
    const types = [1, 2, 3].map((index): ValueType => f32(...context.input(index).shape));
    const prefix = context.inputs[7] ?? null;
    return prefix === null ? types : [...types, f32(...prefix.shape), f32(...prefix.shape)];
  },
  flops: attentionFlops(5),
};

/**
 * softmax(scale * q kᵀ) v for each head, each query seeing the tokens of its own sequence up to itself, the last
 * `window` of them where window > 0, and before them the shared prefix [n, kvHeads * headDim] if there is one.
 */
export const attention: OpDefinition = {
  name: 'attention',
  inputs: ['q', 'k', 'v', 'sequenceStarts', 'prefixKeys?', 'prefixValues?'],
  attributes,
  role: 'forward',
  shape: (context) => {
    const q = context.input(0);
    checkHeads(context, q, context.input(1), context.input(2));
    return [f32(...q.shape), f32(rowDimension(q.shape), context.attribute('heads'))];
  },
  vjp: ({ builder, gradient, input, output, node }) => {
    const prefix = [node.inputs[4] ?? null, node.inputs[5] ?? null];
    const gradients = builder.apply(
      attentionGrad,
      [gradient(0), input(0), input(1), input(2), output(0), output(1), input(3), ...prefix],
      { attributes: node.attributes },
    );
    const [dq, dk, dv, dPrefixKeys, dPrefixValues] = gradients;
    return [dq ?? null, dk ?? null, dv ?? null, null, dPrefixKeys ?? null, dPrefixValues ?? null];
  },
  flops: attentionFlops(2),
};

/** As `attention`, over a cache: the new keys and values are appended to each sequence's slot, then attended to. */
export const cachedAttention: OpDefinition = {
  name: 'cached_attention',
  inputs: ['q', 'k', 'v', 'cacheKeys', 'cacheValues', 'sequenceStarts', 'cacheStarts', 'cacheLengths'],
  attributes,
  role: 'inference',
  mutates: [3, 4],
  shape: (context) => {
    const q = context.input(0);
    checkHeads(context, q, context.input(1), context.input(2));
    return [f32(...q.shape)];
  },
  flops: attentionFlops(2),
};
