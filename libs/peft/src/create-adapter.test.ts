import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isWeftError } from '@weft/errors';
import type { AdapterOptions } from './adapter-options.ts';
import { makeAdapter } from './testing/fresh-adapter.ts';

async function lastParts(model: string, options: Partial<AdapterOptions>): Promise<readonly string[]> {
  const { adapter } = await makeAdapter(model, options);
  return [...new Set(adapter.targetModules.map((name) => name.split('.').slice(-2).join('.')))].sort();
}

test("LoRA's own choice is the attention's projections", async () => {
  const llama = ['k_proj', 'o_proj', 'q_proj', 'v_proj'].map((name) => `self_attn.${name}`);
  for (const model of ['llama', 'mistral', 'qwen2', 'qwen3']) {
    assert.deepEqual(await lastParts(model, {}), llama);
  }
  assert.deepEqual(await lastParts('gpt2', {}), ['attn.c_attn', 'attn.c_proj']);
});

test("(IA)³'s own choice is PEFT's", async () => {
  const expected = {
    llama: ['mlp.down_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
    qwen3: ['mlp.down_proj', 'self_attn.q_proj', 'self_attn.v_proj'],
    gpt2: ['attn.c_attn', 'mlp.c_proj'],
  };
  for (const [model, names] of Object.entries(expected)) {
    assert.deepEqual(await lastParts(model, { method: 'ia3' }), names);
  }
});

test('the numbers of trainable parameters', async () => {
  const count = async (model: string, options: Partial<AdapterOptions>) =>
    (await makeAdapter(model, options)).adapter.parameters.reduce(
      (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
      0,
    );
  // llama: hidden 64, heads 4 x 16, key and value heads 2 x 16, intermediate 96, vocabulary 288, 2 layers.
  const [query, keyValue] = [8 * (64 + 64), 8 * (64 + 32)];
  assert.equal(await count('llama', {}), 2 * (2 * query + 2 * keyValue));
  assert.equal(await count('llama', { layers: [1] }), 2 * query + 2 * keyValue);
  assert.equal(await count('llama', { method: 'ia3' }), 2 * (32 + 32 + 96));
  assert.equal(await count('llama', { method: 'prefix', virtualTokens: 5 }), 5 * 2 * 2 * 32);
  const layer = 2 * 64 * 64 + 2 * 32 * 64 + 3 * 96 * 64 + 2 * 64;
  assert.equal(await count('llama', { method: 'full' }), 2 * 288 * 64 + 2 * layer + 64);
});

test('tied weights are one parameter of full fine-tuning', async () => {
  const { adapter } = await makeAdapter('llama-tied', { method: 'full' });
  const names = adapter.parameters.map(({ name }) => name);
  assert.ok(names.includes('model.embed_tokens.weight') && !names.includes('lm_head.weight'));
});

describe('options', () => {
  const refused: readonly (readonly [Partial<AdapterOptions>, string, string])[] = [
    [{ rank: 0 }, 'PEFT_OPTION_INVALID', 'rank'],
    [{ rank: 2.5 }, 'PEFT_OPTION_INVALID', 'rank'],
    [{ alpha: Number.NaN }, 'PEFT_OPTION_INVALID', 'alpha'],
    [{ dropout: 1 }, 'PEFT_OPTION_INVALID', 'dropout'],
    [{ dropout: -0.1 }, 'PEFT_OPTION_INVALID', 'dropout'],
    [{ targetModules: [] }, 'PEFT_OPTION_INVALID', 'targetModules'],
    [{ targetModules: '.*q_proj', layers: [0] }, 'PEFT_OPTION_INVALID', 'layers'],
    [{ layers: [-1] }, 'PEFT_OPTION_INVALID', 'layers'],
    [{ targetModules: ['q_proj', 'qproj'] }, 'PEFT_NO_TARGETS', 'targetModules'],
    [{ virtualTokens: 5 }, 'PEFT_OPTION_UNUSED', 'virtualTokens'],
    [{ method: 'ia3', rank: 4 }, 'PEFT_OPTION_UNUSED', 'rank'],
    [{ method: 'ia3', targetModules: ['lm_head'] }, 'PEFT_TARGET_UNSUPPORTED', 'targetModules'],
    [{ method: 'ia3', targetModules: ['embed_tokens'] }, 'PEFT_TARGET_UNSUPPORTED', 'targetModules'],
    [{ method: 'prefix', virtualTokens: 0 }, 'PEFT_OPTION_INVALID', 'virtualTokens'],
    [{ method: 'prefix', dropout: 0.3 }, 'PEFT_OPTION_UNUSED', 'dropout'],
    [{ method: 'full', modulesToSave: ['lm_head'] }, 'PEFT_OPTION_UNUSED', 'modulesToSave'],
  ];
  for (const [options, code, field] of refused) {
    test(`${JSON.stringify(options)} is refused`, async () => {
      await assert.rejects(
        makeAdapter('llama', options),
        (error) =>
          isWeftError(error) && error.code === code && error.field === field && error.kind === 'invalid',
      );
    });
  }

  test('no dropout is accepted by every method, some dropout by LoRA alone', async () => {
    for (const method of ['lora', 'ia3', 'prefix', 'full'] as const) {
      const { adapter } = await makeAdapter('llama', { method, dropout: 0 });
      assert.equal(adapter.withDropout(0).method, method);
      if (method !== 'lora') assert.throws(() => adapter.withDropout(0.1), /no dropout/);
    }
  });
});
