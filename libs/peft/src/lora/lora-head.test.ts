/** The low-rank part of the output head, which the Programs add inside of the op that computes the loss. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCpuExecutor, ops, ProgramBuilder } from '@weft/engine';
import { describeBase } from '../module-sites.ts';
import { largestDifference, openFixtureModel } from '../testing/fixtures.ts';
import { trainedBaseTensors } from '../trained-base-tensors.ts';
import { InitialFactors } from './initialisation.ts';
import { loraHooks } from './lora-hooks.ts';
import { describeTargets } from './lora-target.ts';

test('is s (x Aᵀ) beside B, so that their product is s B A x', async () => {
  const layout = describeBase(await openFixtureModel('llama-tied'));
  const config = {
    rank: 3,
    alpha: 6,
    dropout: 0,
    targetModules: ['lm_head'],
    excludeModules: null,
    layers: null,
    layersPattern: null,
    useRslora: false,
    rankPattern: {},
    alphaPattern: {},
    loraBias: false,
    bias: 'none' as const,
    modulesToSave: [],
    initialization: 'default' as const,
  };
  const targets = describeTargets(config, layout.sites);
  const trainedBase = trainedBaseTensors(layout, { ...config, targets: new Set(targets.keys()) });
  const factors = new InitialFactors('default', 0);
  const hooks = loraHooks({ targets, factors, trainedBase, dropout: 0 });
  const [rows, features, vocabulary] = [2, 32, 96];
  const builder = new ProgramBuilder();
  const x = builder.input('x', [rows, features]);
  const site = { x, inFeatures: features, outFeatures: vocabulary };
  assert.equal(hooks.headLowRank(builder, { ...site, name: 'another_head' }), null);
  const part = hooks.headLowRank(builder, { ...site, name: 'lm_head' });
  assert.ok(part !== null);
  const logits = builder.compute(ops.linear, [part.input, part.weight, null, null], {
    attributes: { alpha: 1 },
  });
  builder.output('logits', logits);

  const [a, b] = [3 * features, vocabulary * 3].map((length) =>
    Float32Array.from({ length }, (_, i) => Math.sin(i + length)),
  ) as [Float32Array, Float32Array];
  const input = Float32Array.from({ length: rows * features }, (_, i) => Math.cos(3 * i));
  const found = new Float32Array(rows * vocabulary);
  const executor = openCpuExecutor({ threads: 1 });
  const session = await executor.compile(builder.build(), {
    capacity: {},
    weights: () => assert.fail('no weight is asked for'),
    compute: 'float32',
  });
  session.bind('x', input);
  session.bind('lm_head.lora_A.weight', a);
  session.bind('lm_head.lora_B.weight', b);
  session.bind('output:logits', found);
  await session.run({});

  const expected = Float32Array.from(found, (_, at) => {
    const [row, token] = [Math.floor(at / vocabulary), at % vocabulary];
    let sum = 0;
    for (let k = 0; k < 3; k++) {
      for (let i = 0; i < features; i++) {
        sum += (b[token * 3 + k] ?? 0) * (a[k * features + i] ?? 0) * (input[row * features + i] ?? 0);
      }
    }
    return 2 * sum;
  });
  assert.ok(largestDifference(found, expected) <= 1e-4);
});
