import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { differentiate, gradientName } from '@weft/engine';
import { isWeftError } from '@weft/errors';
import { buildLossProgram } from '@weft/models';
import type { AdapterOptions } from '../adapter-options.ts';
import { largestDifference } from '../testing/fixtures.ts';
import { disturbed, type FreshAdapter, makeAdapter, someIds } from '../testing/fresh-adapter.ts';
import { openBase, runLogits } from '../testing/run-model.ts';

async function logitsOf({ model, adapter, values }: FreshAdapter): Promise<readonly Float32Array[]> {
  return runLogits(model, { adapter, values, sequences: someIds });
}

async function baseLogits({ model, values }: FreshAdapter): Promise<readonly Float32Array[]> {
  return runLogits(model, { adapter: null, values, sequences: someIds });
}

function distance(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return Math.max(...a.map((logits, i) => largestDifference(logits, b[i] ?? [])));
}

describe('an adapter starts as the base model and can move away from it', () => {
  const starts: readonly (readonly [string, Partial<AdapterOptions>])[] = [
    ['llama', { initialization: 'default' }],
    ['llama', { initialization: 'gaussian' }],
    ['llama', { initialization: 'orthogonal' }],
    ['llama', { initialization: 'pissa', targetModules: 'all-linear' }],
    ['llama', { initialization: 'olora', targetModules: 'all-linear' }],
    ['gpt2', { initialization: 'pissa', targetModules: 'all-linear' }],
    ['gpt2', { initialization: 'olora', targetModules: 'all-linear', useRslora: true }],
    ['llama-gguf-q8-0', { initialization: 'pissa' }],
    ['llama-tied', { targetModules: ['embed_tokens', 'q_proj'] }],
    ['llama-tied', { modulesToSave: ['embed_tokens', 'model.norm'] }],
    ['qwen2', { loraBias: true, bias: 'all' }],
  ];
  for (const [modelName, options] of starts) {
    test(`${modelName} ${JSON.stringify(options)}`, async () => {
      const fresh = await makeAdapter(modelName, options);
      const base = await baseLogits(fresh);
      assert.ok(distance(await logitsOf(fresh), base) <= 2e-5);
      const moved = await logitsOf({ ...fresh, values: disturbed(fresh) });
      assert.ok(distance(moved, base) > 1e-2);
    });
  }
});

test('the same seed gives the same first values, another seed others', async () => {
  const [a, b] = [await makeAdapter('llama', {}), await makeAdapter('llama', {})];
  for (const { name } of a.adapter.parameters) assert.deepEqual(a.values(name), b.values(name));
});

test('first values have the spread of their initialisation', async () => {
  const name = 'model.layers.0.mlp.down_proj.lora_A.weight';
  const first = async (initialization: AdapterOptions['initialization']) =>
    (await makeAdapter('llama', { initialization, rank: 16, targetModules: ['down_proj'] })).values(name);
  const uniform = await first('default');
  const bound = 1 / Math.sqrt(96);
  const largest = uniform.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(largest <= bound && largest > 0.98 * bound);
  const gaussian = await first('gaussian');
  const deviation = Math.sqrt(gaussian.reduce((sum, value) => sum + value ** 2, 0) / gaussian.length);
  assert.ok(Math.abs(deviation - 1 / 16) < 0.05 / 16);
  const orthogonal = await first('orthogonal');
  assert.ok(orthogonal.some((value) => value !== 0));
});

test('PiSSA starts as the best approximation of the weight: what it leaves is orthogonal to it', async () => {
  const fresh = await makeAdapter('llama', {
    initialization: 'pissa',
    targetModules: ['q_proj'],
    rank: 4,
    alpha: 8,
  });
  const module = 'model.layers.0.self_attn.q_proj';
  const weight = openBase(fresh.model).read(`${module}.weight`);
  const a = fresh.values(`${module}.lora_A.weight`);
  const b = fresh.values(`${module}.lora_B.weight`);
  const rest = Float64Array.from(weight, (value, at) => {
    const [row, column] = [Math.floor(at / 64), at % 64];
    let sum = 0;
    for (let k = 0; k < 4; k++) sum += (b[row * 4 + k] ?? 0) * (a[k * 64 + column] ?? 0);
    return value - 2 * sum;
  });
  for (let k = 0; k < 4; k++) {
    for (let row = 0; row < 64; row++) {
      let overlap = 0;
      for (let i = 0; i < 64; i++) overlap += (rest[row * 64 + i] ?? 0) * (a[k * 64 + i] ?? 0);
      assert.ok(Math.abs(overlap) < 1e-5);
    }
  }
});

test('ranks and scalings follow the first pattern that matches', async () => {
  const { adapter } = await makeAdapter('llama', {
    targetModules: ['q_proj', 'v_proj'],
    rankPattern: { 'layers.0.self_attn.q_proj': 2, q_proj: 6 },
  });
  const shapes = Object.fromEntries(adapter.parameters.map(({ name, shape }) => [name, shape]));
  assert.deepEqual(shapes['model.layers.0.self_attn.q_proj.lora_A.weight'], [2, 64]);
  assert.deepEqual(shapes['model.layers.1.self_attn.q_proj.lora_B.weight'], [64, 6]);
  assert.deepEqual(shapes['model.layers.1.self_attn.v_proj.lora_B.weight'], [32, 8]);
});

test('a module to save is named by the end of its name, as in PEFT, or by a module around it', async () => {
  const saved = async (modulesToSave: readonly string[]) =>
    (await makeAdapter('llama', { targetModules: ['q_proj'], modulesToSave })).adapter.parameters
      .filter(({ name }) => name.includes('modules_to_save') && !name.includes('layers.1'))
      .map(({ file }) => file?.key.replace('base_model.model.', ''));
  assert.deepEqual(await saved(['norm']), [
    'model.layers.0.input_layernorm.weight',
    'model.layers.0.post_attention_layernorm.weight',
    'model.norm.weight',
  ]);
  assert.deepEqual(await saved(['model.norm']), ['model.norm.weight']);
  const parts = ['gate', 'up', 'down'].map((part) => `model.layers.0.mlp.${part}_proj.weight`);
  assert.deepEqual(await saved(['mlp']), parts);
});

test('weight decay spares biases and norms', async () => {
  const { adapter } = await makeAdapter('qwen2', { loraBias: true, bias: 'all', modulesToSave: ['norm'] });
  for (const { name, isDecayed } of adapter.parameters) {
    assert.equal(isDecayed, !/bias$|norm/.test(name), name);
  }
});

describe('training', () => {
  const cases: readonly (readonly [string, Partial<AdapterOptions>])[] = [
    ['llama', {}],
    ['gpt2', { targetModules: 'all-linear', loraBias: true, bias: 'all' }],
    ['llama-tied', { targetModules: ['embed_tokens', 'q_proj'], modulesToSave: ['lm_head'] }],
    ['llama3-rope', { modulesToSave: ['embed_tokens', 'lm_head', 'input_layernorm'] }],
    ['llama', { initialization: 'pissa' }],
    ['qwen2', { method: 'ia3', modulesToSave: ['norm'] }],
    ['mistral', { method: 'prefix', virtualTokens: 3 }],
    ['mistral', { method: 'prefix', virtualTokens: 3, prefixProjection: true }],
    ['gpt2', { method: 'full' }],
    ['llama-tied', { method: 'full' }],
  ];
  for (const [modelName, options] of cases) {
    test(`every parameter of ${modelName} ${JSON.stringify(options)} has a gradient`, async () => {
      const { model, adapter } = await makeAdapter(modelName, options);
      const hooks = [adapter.hooks({ training: true })];
      const program = buildLossProgram(model.config, { hooks, training: true });
      const states = differentiate(program, { loss: 'loss' }).values.filter(({ kind }) => kind === 'state');
      const gradients = adapter.parameters.filter(({ name }) =>
        states.some((state) => state.name === gradientName(name)),
      );
      assert.equal(gradients.length, adapter.parameters.length);
      const declared = program.values.filter((value) => value.kind === 'parameter').map(({ name }) => name);
      assert.deepEqual(declared.toSorted(), adapter.parameters.map(({ name }) => name).toSorted());
    });
  }

  test('dropout is part of training alone, each target with a mask of its own', async () => {
    const { model, adapter } = await makeAdapter('llama', { dropout: 0.2 });
    const dropouts = (training: boolean, from = adapter) =>
      buildLossProgram(model.config, { hooks: [from.hooks({ training })], training }).nodes.filter(
        (node) => node.op.name === 'dropout',
      );
    const streams = dropouts(true).map(({ attributes }) => attributes['stream']);
    assert.equal(new Set(streams).size, 8);
    assert.equal(streams.length, 8);
    assert.ok(dropouts(true).every(({ attributes }) => attributes['probability'] === 0.2));
    assert.equal(dropouts(false).length, 0);
    assert.equal(dropouts(true, adapter.withDropout(0)).length, 0);
    assert.equal(dropouts(true, adapter.withDropout(0.5))[0]?.attributes['probability'], 0.5);
  });
});

describe('what does not fit is refused by its option', () => {
  const refused: readonly (readonly [string, Partial<AdapterOptions>, string])[] = [
    ['llama', { initialization: 'orthogonal', rank: 3 }, 'initialization'],
    ['llama', { initialization: 'pissa', rank: 33 }, 'initialization'],
    ['llama', { initialization: 'olora', targetModules: ['lm_head'] }, 'initialization'],
    ['llama', { loraBias: true, targetModules: ['embed_tokens'] }, 'loraBias'],
    ['llama', { loraBias: true, initialization: 'pissa' }, 'loraBias'],
    ['llama', { modulesToSave: ['score'] }, 'modulesToSave'],
    ['llama', { targetModules: ['q_proj'], modulesToSave: ['self_attn'] }, 'targetModules'],
    ['llama', { targetModules: ['q_proj'], modulesToSave: ['proj'] }, 'modulesToSave'],
    ['llama', { rankPattern: { '(': 3 } }, 'rankPattern'],
    ['llama', { layers: [7] }, 'targetModules'],
  ];
  for (const [modelName, options, field] of refused) {
    test(JSON.stringify(options), async () => {
      await assert.rejects(
        makeAdapter(modelName, options),
        (error) =>
          isWeftError(error) &&
          error.kind === 'invalid' &&
          error.field === field &&
          error.remedy !== undefined,
      );
    });
  }
});
