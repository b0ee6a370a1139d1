/** The native VJP against finite differences of the float64 reference. */
import assert from 'node:assert/strict';
import type { NumberArray } from '../executor.ts';
import type { OpDefinition, Value } from '../program.ts';
import { ProgramBuilder } from '../program-builder.ts';
import { elementCount } from '../shape.ts';
import { type RunOn, valuesOf } from './check-forward.ts';
import { slopesOf } from './finite-differences.ts';
import { declareInputs, labelOf, type OpCase, prepareInputs } from './op-case.ts';
import { randomNumbers } from './random.ts';
import { sum, valueAt } from './reference/matrix.ts';
import { runOnce } from './run-native.ts';

/** Compares the gradient of every input that the case lists: some elements, and all of them along one direction. */
export async function checkGradient(opCase: OpCase, run: RunOn): Promise<void> {
  const { gradients, dy } = await nativeGradients(opCase, run);
  const slopes = slopesOf(opCase, dy);
  assert.deepEqual([...gradients.keys()], [...slopes.keys()]);
  for (const [input, { elements, direction, alongDirection }] of slopes) {
    const gradient = gradients.get(input) ?? new Float32Array();
    const what = `${labelOf(opCase)}: gradient of input ${input}`;
    const allowed = 5e-6 + 3e-5 * gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const { index, slope } of elements) {
      const got = valueAt(gradient, index);
      assert.ok(
        Math.abs(got - slope) <= allowed,
        `${what}: element ${index} is ${got}, by differences ${slope}`,
      );
    }
    const along = sum(gradient.length, (i) => valueAt(gradient, i) * valueAt(direction, i));
    const allowedAlong = allowed * Math.sqrt(1 + gradient.length);
    assert.ok(
      Math.abs(along - alongDirection) <= allowedAlong,
      `${what}: ${along} along a direction, by differences ${alongDirection}`,
    );
  }
}

interface NativeGradients {
  readonly gradients: ReadonlyMap<number, Float32Array>;
  /** The random gradient that was fed for output 0. */
  readonly dy: Float32Array;
}

async function nativeGradients(opCase: OpCase, { executor }: RunOn): Promise<NativeGradients> {
  const builder = new ProgramBuilder();
  const inputs = prepareInputs(opCase);
  const declared = declareInputs(builder, inputs);
  const outputs = builder.apply(opCase.op, declared, { attributes: opCase.attributes ?? {} });
  const [y] = outputs;
  if (y === undefined) throw new RangeError(`${labelOf(opCase)} has no output`);
  const isLoss = opCase.op.name === 'linear_cross_entropy';
  const dyValue = isLoss ? null : builder.input('dy', y.shape);
  const dy = isLoss ? Float32Array.of(1) : randomNumbers(elementCount(y.shape, opCase.dimensions), 3);
  const results = applyGradientRule(opCase.op, { builder, declared, outputs, dy: dyValue, opCase });
  const gradients = new Map<number, Float32Array>();
  for (const input of opCase.differentiable ?? []) {
    const result = results[input] ?? null;
    if (result === null) throw new RangeError(`${labelOf(opCase)}: no gradient of input ${input}`);
    if (result === dyValue) gradients.set(input, dy);
    else builder.output(`d${input}`, result);
  }
  const program = builder.build();
  const values = new Map<string, NumberArray>([...valuesOf(inputs), ['dy', dy]]);
  const ran = await runOnce(executor, program, { dimensions: opCase.dimensions, values });
  const wanted = (opCase.differentiable ?? []).map(
    (input) => [input, gradients.get(input) ?? ran.get(`d${input}`) ?? new Float32Array()] as const,
  );
  return { gradients: new Map(wanted), dy };
}

interface RuleOperands {
  readonly builder: ProgramBuilder;
  readonly declared: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly dy: Value | null;
  readonly opCase: OpCase;
}

function applyGradientRule(op: OpDefinition, operands: RuleOperands): readonly (Value | null)[] {
  const { builder, declared, outputs, dy, opCase } = operands;
  const node = builder.build().nodes.at(-1);
  if (node === undefined || op.vjp === undefined) throw new RangeError(`${labelOf(opCase)} has no VJP`);
  const present = (value: Value | null | undefined): Value => {
    if (value == null) throw new RangeError(`${labelOf(opCase)}: the VJP reads an absent value`);
    return value;
  };
  const wanted = new Set(opCase.differentiable ?? []);
  return op.vjp({
    builder,
    node,
    gradient: (index) => (index === 0 ? dy : null),
    input: (index) => present(declared[index]),
    output: (index) => present(outputs[index]),
    needs: (index) => wanted.has(index),
  });
}
