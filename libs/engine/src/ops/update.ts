/** Ops that change parameters and their accumulators; nothing is differentiated through them. */
import { expectSameShape } from '../op-shapes.ts';
import type { OpDefinition } from '../program.ts';
import { f32 } from '../shape.ts';

/** accumulator += gradient. */
export const accumulate: OpDefinition = {
  name: 'accumulate',
  inputs: ['accumulator', 'gradient'],
  attributes: [],
  role: 'update',
  mutates: [0],
  shape: (context) => {
    expectSameShape(context.input(0), context.input(1));
    return [];
  },
  flops: (context) => context.elements(context.node.inputs[0]),
};

export const squaredNorm: OpDefinition = {
  name: 'squared_norm',
  inputs: ['g'],
  attributes: [],
  role: 'update',
  shape: () => [f32(1)],
  flops: (context) => 2 * context.elements(context.node.inputs[0]),
};

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) over flat arrays; zeroes the gradient for the next step.
 * hyper = (learningRate, beta1, beta2, epsilon, weightDecay, 1 - beta1^t, 1 - beta2^t, gradientScale).
 */
export const adamw: OpDefinition = {
  name: 'adamw',
  inputs: ['parameter', 'gradient', 'firstMoment', 'secondMoment', 'hyper'],
  attributes: [],
  role: 'update',
  mutates: [0, 1, 2, 3],
  shape: (context) => {
    for (const index of [1, 2, 3]) expectSameShape(context.input(0), context.input(index));
    return [];
  },
  flops: (context) => 12 * context.elements(context.node.inputs[0]),
};
