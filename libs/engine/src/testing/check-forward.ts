/** Native against reference: the op alone, and in place where the op allows it. */
import assert from 'node:assert/strict';
import type { ComputeType, Executor, NumberArray } from '../executor.ts';
import * as ops from '../ops/index.ts';
import type { Program, Value } from '../program.ts';
import { ProgramBuilder } from '../program-builder.ts';
import { resolveDimension } from '../shape.ts';
import { assertClose } from './compare.ts';
import {
  declareInputs,
  labelOf,
  type OpCase,
  type PreparedInput,
  prepareInputs,
  toMatrix,
} from './op-case.ts';
import { references } from './reference/index.ts';
import type { Matrix } from './reference/matrix.ts';
import { runOnce } from './run-native.ts';

export interface Expected {
  readonly outputs: readonly Matrix[];
  /** The inputs after the run; those that the op mutates have changed. */
  readonly inputs: readonly (Matrix | null)[];
}

const known = new WeakMap<OpCase, Expected>();

/** What the reference gives; computed once for all executors. */
export function expectedOf(opCase: OpCase): Expected {
  const expected = known.get(opCase) ?? computeExpected(opCase);
  known.set(opCase, expected);
  return expected;
}

function computeExpected(opCase: OpCase): Expected {
  const reference = references.get(opCase.op.name);
  if (reference === undefined) throw new RangeError(`op '${opCase.op.name}' has no reference`);
  const inputs = prepareInputs(opCase).map((input) => (input === null ? null : toMatrix(input)));
  const rows = opCase.rows === undefined ? 0 : resolveDimension(opCase.rows, opCase.dimensions);
  return { outputs: reference({ inputs, attributes: opCase.attributes ?? {}, rows }), inputs };
}

function applyOptions(opCase: OpCase): {
  attributes: Readonly<Record<string, number>>;
  rows?: string | number;
} {
  const attributes = opCase.attributes ?? {};
  return opCase.rows === undefined ? { attributes } : { attributes, rows: opCase.rows };
}

export function valuesOf(inputs: readonly (PreparedInput | null)[]): ReadonlyMap<string, NumberArray> {
  return new Map(inputs.filter((input) => input !== null).map(({ name, values }) => [name, values]));
}

export interface RunOn {
  readonly executor: Executor;
  readonly compute?: ComputeType;
}

/** Runs the op by itself and compares outputs and mutated inputs with the reference. */
export async function checkForward(opCase: OpCase, { executor, compute = 'float32' }: RunOn): Promise<void> {
  const builder = new ProgramBuilder();
  const inputs = prepareInputs(opCase);
  const outputs = builder.apply(opCase.op, declareInputs(builder, inputs), applyOptions(opCase));
  for (const [index, output] of outputs.entries()) builder.output(`y${index}`, output);
  const actual = await runOnce(executor, builder.build(), {
    dimensions: opCase.dimensions,
    values: valuesOf(inputs),
    compute,
  });
  const expected = expectedOf(opCase);
  assert.equal(actual.size, expected.outputs.length, `outputs of ${labelOf(opCase)}`);
  const relative = opCase.tolerance ?? 1e-5;
  for (const [index, matrix] of expected.outputs.entries()) {
    assertClose(actual.get(`y${index}`) ?? [], matrix.data, {
      relative,
      what: `${labelOf(opCase)}: output ${index}`,
    });
  }
  for (const [index, matrix] of expected.inputs.entries()) {
    const what = `${labelOf(opCase)}: input ${index} afterwards`;
    if (matrix !== null) assertClose(inputs[index]?.values ?? [], matrix.data, { relative, what });
  }
}

/** An output that takes over its input's memory must hold the very same numbers. */
export async function checkInPlace(opCase: OpCase, { executor }: RunOn): Promise<void> {
  const inputs = prepareInputs(opCase);
  const options = { dimensions: opCase.dimensions, values: valuesOf(inputs) };
  const alone = await runOnce(executor, throughArena(opCase, inputs, new Set()), options);
  for (const [from] of opCase.op.inPlace ?? []) {
    if (inputs[from] == null) continue;
    const inPlace = await runOnce(executor, throughArena(opCase, inputs, new Set([from])), options);
    assert.deepEqual(inPlace, alone, `${labelOf(opCase)}: input ${from} in place`);
  }
}

/** The op between copies, so that the memory plan may let the listed inputs and the outputs share a block. */
function throughArena(
  opCase: OpCase,
  inputs: readonly (PreparedInput | null)[],
  copied: ReadonlySet<number>,
): Program {
  const builder = new ProgramBuilder();
  const copy = (value: Value): Value =>
    builder.compute(ops.sliceColumns, [value], { attributes: { start: 0, width: Number(value.shape[1]) } });
  const declared = declareInputs(builder, inputs).map((value, index) =>
    value !== null && copied.has(index) ? copy(value) : value,
  );
  const outputs = builder.apply(opCase.op, declared, applyOptions(opCase));
  for (const [index, output] of outputs.entries()) {
    builder.output(`y${index}`, output.shape.length === 2 ? copy(output) : output);
  }
  return builder.build();
}
