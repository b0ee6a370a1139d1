import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DifferentiateOptions, differentiate } from './autodiff.ts';
import type { NumberArray } from './executor.ts';
import { planMemory } from './memory-plan.ts';
import { openCpuExecutor } from './native/cpu-executor.ts';
import { optimise } from './optimise.ts';
import type { Program } from './program.ts';
import { runOnce } from './testing/run-native.ts';
import { smallBatch } from './testing/small-batch.ts';
import { buildSmallGpt2, buildSmallLlama } from './testing/small-models.ts';

const capacity = { tokens: 64, bounds: 4, labels: 8 };
const models = { llama: buildSmallLlama, gpt2: buildSmallGpt2 };

function training(program: Program, recomputeRegions?: DifferentiateOptions['recomputeRegions']): Program {
  return optimise(
    differentiate(program, { loss: 'loss', ...(recomputeRegions === undefined ? {} : { recomputeRegions }) }),
  );
}

async function gradientsOf(program: Program): Promise<ReadonlyMap<string, NumberArray>> {
  const { dimensions, values } = smallBatch(program, [5, 9]);
  await runOnce(openCpuExecutor({ threads: 2 }), program, { dimensions, values });
  const states = new Map([...values].filter(([name]) => name.startsWith('gradient:')));
  assert.ok([...states.values()].some((array) => array.some((value) => value !== 0)));
  return states;
}

for (const [name, build] of Object.entries(models)) {
  test(`recomputed layers of ${name} give the same gradients, bit for bit`, async () => {
    const program = build({ layers: 3, adapters: true });
    const kept = await gradientsOf(training(program));
    assert.deepEqual(await gradientsOf(training(program, 'all')), kept);
    assert.deepEqual(await gradientsOf(training(program, new Set(['layer.1']))), kept);
  });

  test(`recomputed layers of ${name} take more work and less memory`, () => {
    const program = build({ layers: 6, adapters: true });
    const kept = training(program);
    const some = training(program, new Set(['layer.0', 'layer.1']));
    const all = training(program, 'all');
    const bytes = [kept, some, all].map((form) => planMemory(form, capacity).arenaBytes);
    assert.ok(bytes[0] !== undefined && bytes[1] !== undefined && bytes[2] !== undefined);
    assert.ok(bytes[2] < bytes[1] && bytes[1] < bytes[0], `${bytes}`);
    assert.ok(all.nodes.length > some.nodes.length && some.nodes.length > kept.nodes.length);
  });
}

test('the loss is computed once, whatever is recomputed', () => {
  const all = training(buildSmallLlama({ layers: 2, trainAll: true }), 'all');
  assert.equal(all.nodes.filter((node) => node.op.name === 'linear_cross_entropy').length, 1);
});
