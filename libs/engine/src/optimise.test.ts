import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCpuExecutor } from './native/cpu-executor.ts';
import * as ops from './ops/index.ts';
import { optimise } from './optimise.ts';
import type { Program, Value } from './program.ts';
import { ProgramBuilder } from './program-builder.ts';
import { assertClose } from './testing/compare.ts';
import { interpret } from './testing/interpret.ts';
import { runOnce } from './testing/run-native.ts';
import { smallBatch } from './testing/small-batch.ts';
import { buildSmallGpt2, buildSmallLlama } from './testing/small-models.ts';

function opsOf(program: Program): readonly string[] {
  return program.nodes.map((node) => node.op.name);
}

function productOf(builder: ProgramBuilder, x: Value): Value {
  return builder.compute(ops.linear, [x, builder.weight('w', [4, 4]), null, null], {
    attributes: { alpha: 1 },
  });
}

test('an addition moves into the one product that feeds it', () => {
  const builder = new ProgramBuilder();
  const x = builder.input('x', ['tokens', 4]);
  builder.output('y', builder.compute(ops.add, [x, productOf(builder, x)]));
  const { nodes } = optimise(builder.build());
  assert.deepEqual(
    nodes.map((node) => node.op.name),
    ['linear'],
  );
  assert.equal(nodes[0]?.inputs[3], x);
});

test('a product that something else reads keeps its own result', () => {
  const builder = new ProgramBuilder();
  const x = builder.input('x', ['tokens', 4]);
  const product = productOf(builder, x);
  builder.output('y', builder.compute(ops.add, [x, product]));
  builder.output('product', product);
  assert.deepEqual(opsOf(optimise(builder.build())), ['linear', 'add']);
});

test('of an addition of two products one takes the other as its addend, and of a product with itself none', () => {
  const builder = new ProgramBuilder();
  const x = builder.input('x', ['tokens', 4]);
  builder.output('y', builder.compute(ops.add, [productOf(builder, x), productOf(builder, x)]));
  assert.deepEqual(opsOf(optimise(builder.build())), ['linear', 'linear']);
  const doubled = new ProgramBuilder();
  const product = productOf(doubled, doubled.input('x', ['tokens', 4]));
  doubled.output('y', doubled.compute(ops.add, [product, product]));
  assert.deepEqual(opsOf(optimise(doubled.build())), ['linear', 'add']);
});

test('dead nodes go; nodes that change a state stay', () => {
  const builder = new ProgramBuilder();
  const x = builder.input('x', ['tokens', 4]);
  builder.compute(ops.tanh, [builder.compute(ops.tanh, [x])]);
  builder.apply(ops.accumulate, [builder.state('total', [4]), builder.compute(ops.columnDot, [x, x])]);
  assert.deepEqual(opsOf(optimise(builder.build())), ['column_dot', 'accumulate']);
});

test('whole models keep their results', async () => {
  const executor = openCpuExecutor({ threads: 2 });
  for (const build of [buildSmallLlama, buildSmallGpt2]) {
    const program = build({ layers: 2, adapters: true });
    const smaller = optimise(program);
    assert.ok(smaller.nodes.length < program.nodes.length);
    const batch = smallBatch(program, [7, 4]);
    const expected = interpret(program, batch).outputs;
    for (const [name, array] of await runOnce(executor, smaller, batch)) {
      assertClose(array, expected.get(name) ?? [], { relative: 1e-5, what: name });
    }
  }
});
