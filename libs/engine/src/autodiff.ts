/** Reverse-mode differentiation as a transform Program → Program. */

import { accumulate, add } from './ops/index.ts';
import type { Node, Program, Value } from './program.ts';
import { ProgramBuilder } from './program-builder.ts';
import { recomputeInBackward } from './recompute.ts';

export interface DifferentiateOptions {
  /** Name of the output to differentiate, a single number. */
  readonly loss: string;
  /** Regions to compute again in the backward pass (gradient checkpointing); `all` for every region. */
  readonly recomputeRegions?: ReadonlySet<string> | 'all';
}

/** The accumulator (a `state` value) into which the gradient of a parameter is added. */
export function gradientName(parameter: string): string {
  return `gradient:${parameter}`;
}

/**
 * Appends the backward pass to a Program: each parameter's gradient is added to the state `gradient:<name>`. Only paths
 * that lead to parameters are built, so a frozen linear gets dX and no dW.
 *
 * @throws RangeError where the loss depends on a parameter through an op that has no gradient rule.
 */
export function differentiate(program: Program, options: DifferentiateOptions): Program {
  const loss = program.outputs.get(options.loss);
  if (loss === undefined) throw new RangeError(`the Program has no output '${options.loss}'`);
  const needed = valuesThatReachParameters(program);
  if (!needed.has(loss)) throw new RangeError(`output '${options.loss}' does not depend on any parameter`);
  const builder = ProgramBuilder.from(program);
  const gradients = new Map<Value, Value>();
  const root = rootOf(program, loss);
  for (const node of program.nodes.toReversed()) {
    if (node !== root && !node.outputs.some((output) => gradients.has(output))) continue;
    if (!node.inputs.some((input) => input !== null && needed.has(input))) continue;
    addGradients(builder, node, { needed, gradients });
  }
  for (const value of program.values) {
    const gradient = value.kind === 'parameter' ? gradients.get(value) : undefined;
    if (gradient !== undefined)
      builder.apply(accumulate, [builder.state(gradientName(value.name), value.shape), gradient]);
  }
  return recomputeInBackward(builder.build(), {
    forwardNodes: program.nodes.length,
    regions: options.recomputeRegions ?? new Set(),
  });
}

function valuesThatReachParameters(program: Program): ReadonlySet<Value> {
  const reached = new Set(program.values.filter((value) => value.kind === 'parameter'));
  for (const node of program.nodes) {
    if (node.op.role !== 'forward') continue;
    if (node.inputs.some((input) => input !== null && reached.has(input))) {
      for (const output of node.outputs) reached.add(output);
    }
  }
  return reached;
}

function rootOf(program: Program, loss: Value): Node {
  const root = program.nodes.find((node) => node.outputs.includes(loss));
  if (root === undefined || root.op.name !== 'linear_cross_entropy') {
    throw new RangeError(`the loss '${loss.name}' must be computed by linear_cross_entropy`);
  }
  return root;
}

interface BackwardState {
  readonly needed: ReadonlySet<Value>;
  readonly gradients: Map<Value, Value>;
}

function addGradients(builder: ProgramBuilder, node: Node, state: BackwardState): void {
  if (node.op.vjp === undefined) throw new RangeError(`op '${node.op.name}' has no gradient rule`);
  const required = (values: readonly (Value | null)[], index: number): Value => {
    const value = values[index] ?? null;
    if (value === null) throw new RangeError(`op '${node.op.name}' has no value ${index}`);
    return value;
  };
  const results = builder.region(`backward:${node.region ?? ''}`, () =>
    node.op.vjp?.({
      builder,
      node,
      gradient: (index) => state.gradients.get(required(node.outputs, index)) ?? null,
      input: (index) => required(node.inputs, index),
      output: (index) => required(node.outputs, index),
      needs: (index) => {
        const input = node.inputs[index] ?? null;
        return input !== null && state.needed.has(input);
      },
    }),
  );
  (results ?? []).forEach((gradient, index) => {
    const input = node.inputs[index] ?? null;
    if (gradient === null || input === null || !state.needed.has(input)) return;
    const earlier = state.gradients.get(input);
    state.gradients.set(input, earlier === undefined ? gradient : builder.compute(add, [earlier, gradient]));
  });
}
