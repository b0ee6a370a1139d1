import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differentiate, gradientName } from './autodiff.ts';
import type { NumberArray } from './executor.ts';
import { openCpuExecutor } from './native/cpu-executor.ts';
import * as ops from './ops/index.ts';
import { optimise } from './optimise.ts';
import type { Program } from './program.ts';
import { ProgramBuilder } from './program-builder.ts';
import { assertClose } from './testing/compare.ts';
import { interpret } from './testing/interpret.ts';
import { randomNumbers } from './testing/random.ts';
import { sum, valueAt } from './testing/reference/matrix.ts';
import { runOnce } from './testing/run-native.ts';
import { smallBatch } from './testing/small-batch.ts';
import { buildSmallGpt2, buildSmallLlama } from './testing/small-models.ts';

const lengths = [6, 1, 5];
const models = { llama: buildSmallLlama, gpt2: buildSmallGpt2 };

function countOf(program: Program, op: string): number {
  return program.nodes.filter((node) => node.op.name === op).length;
}

function parametersOf(program: Program): readonly string[] {
  return program.values.filter((value) => value.kind === 'parameter').map((value) => value.name);
}

/** The loss's slope as the parameter moves along a direction, in float64. */
function slope(program: Program, parameter: string, direction: Float32Array): number {
  const { dimensions, values } = smallBatch(program, lengths);
  const lossAt = (shift: number): number => {
    const moved = Float64Array.from(
      values.get(parameter) ?? [],
      (value, i) => value + shift * valueAt(direction, i),
    );
    const all = new Map<string, NumberArray | Float64Array>(values).set(parameter, moved);
    const { outputs } = interpret(program, { dimensions, values: all });
    return valueAt(outputs.get('loss') ?? [], 0);
  };
  return (lossAt(1e-5) - lossAt(-1e-5)) / 2e-5;
}

for (const [name, build] of Object.entries(models)) {
  for (const options of [{ adapters: true }, { trainAll: true }]) {
    test(`gradients of a whole ${name} equal finite differences (${Object.keys(options)})`, async () => {
      const program = build({ layers: 2, ...options });
      const training = optimise(differentiate(program, { loss: 'loss' }));
      const { dimensions, values } = smallBatch(training, lengths);
      await runOnce(openCpuExecutor({ threads: 2 }), training, { dimensions, values });
      const parameters = parametersOf(program);
      assert.ok(parameters.length >= 16);
      for (const parameter of parameters) {
        const gradient = values.get(gradientName(parameter)) ?? [];
        const direction = randomNumbers(gradient.length, 77);
        const along = sum(gradient.length, (i) => valueAt(gradient, i) * valueAt(direction, i));
        const expected = slope(program, parameter, direction);
        assert.ok(
          Math.abs(along - expected) < 2e-5 + 1e-4 * Math.abs(expected),
          `${parameter}: ${along}, ${expected}`,
        );
      }
    });
  }
}

test('a frozen linear gets no gradient of its weight, nor does anything that leads to no parameter', () => {
  const program = buildSmallLlama({ layers: 2, adapters: true });
  const training = differentiate(program, { loss: 'loss' });
  assert.equal(countOf(training, 'linear_dw'), parametersOf(program).length);
  for (const op of ['embedding_grad', 'rms_norm_dw', 'column_sum']) assert.equal(countOf(training, op), 0);
  const firstNorm = training.nodes.filter((node) => node.op.name === 'rms_norm_dx');
  assert.equal(firstNorm.length, 4, 'the first norm stands before every adapter');
});

test('a run adds to the gradients that are there', async () => {
  const training = differentiate(buildSmallLlama({ layers: 1, adapters: true }), { loss: 'loss' });
  const executor = openCpuExecutor({ threads: 1 });
  const { dimensions, values } = smallBatch(training, lengths);
  await runOnce(executor, training, { dimensions, values });
  const name = gradientName('0.q.lora_A');
  const once = values.get(name)?.slice() ?? [];
  await runOnce(executor, training, { dimensions, values });
  assert.ok(once.some((value) => value !== 0));
  assertClose(
    values.get(name) ?? [],
    Float32Array.from(once, (value) => 2 * value),
    { relative: 1e-6, what: name },
  );
});

test('a batch without tokens gives no loss and zero gradients', async () => {
  const training = optimise(differentiate(buildSmallLlama({ layers: 1, adapters: true }), { loss: 'loss' }));
  const { dimensions, values } = smallBatch(training, []);
  const outputs = await runOnce(openCpuExecutor({ threads: 2 }), training, { dimensions, values });
  assert.deepEqual(outputs.get('loss'), Float32Array.of(0));
  for (const [name, array] of values) {
    if (name.startsWith('gradient:'))
      assert.ok(
        array.every((value) => value === 0),
        name,
      );
  }
});

test('what cannot be differentiated is refused by name', () => {
  const frozen = buildSmallLlama({ layers: 1 });
  assert.throws(() => differentiate(frozen, { loss: 'loss' }), /'loss' does not depend on any parameter/);
  assert.throws(() => differentiate(frozen, { loss: 'perplexity' }), /no output 'perplexity'/);
  const builder = new ProgramBuilder();
  builder.output('loss', builder.compute(ops.tanh, [builder.parameter('p', [3])]));
  assert.throws(
    () => differentiate(builder.build(), { loss: 'loss' }),
    /must be computed by linear_cross_entropy/,
  );
});
