import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { type FloatDType, openBaseModel, writeModelWeights } from '@weft/models';
import type { AdapterOptions } from '../adapter-options.ts';
import { openAdapter } from '../files/open-adapter.ts';
import {
  fixturePath,
  largestDifference,
  openFixtureModel,
  readGolden,
  signal,
  valuesOf,
} from '../testing/fixtures.ts';
import { disturbed, type FreshAdapter, makeAdapter, someIds } from '../testing/fresh-adapter.ts';
import { openBase, runLogits } from '../testing/run-model.ts';
import { inTemporaryFolder } from '../testing/temporary-folder.ts';
import { type MergedModel, mergedTensors } from './merged-tensors.ts';
import { storedFloatDType } from './stored-dtype.ts';

function merge({ model, adapter, values }: FreshAdapter, dtype: FloatDType = 'F32'): MergedModel {
  return mergedTensors({ model, adapter, values, base: openBase(model), dtype });
}

/** Logits of the merged model as a folder of its own. */
function mergedLogits(
  { model }: FreshAdapter,
  merged: MergedModel,
  sequences = someIds,
): Promise<readonly Float32Array[]> {
  return inTemporaryFolder(async (folder) => {
    await writeModelWeights(folder, merged.tensors, { signal });
    const config = { ...model.checkpoint.config, ...merged.configChanges };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const again = await openBaseModel(folder, signal);
    return runLogits(again, { adapter: null, values: () => new Float32Array(), sequences });
  });
}

describe('a merged model computes what the adapter does beside its base', () => {
  const cases: readonly (readonly [string, Partial<AdapterOptions>, object])[] = [
    ['llama', { targetModules: 'all-linear' }, {}],
    ['llama', { loraBias: true }, { attention_bias: true }],
    [
      'llama',
      { loraBias: true, targetModules: ['up_proj', 'v_proj'] },
      { attention_bias: true, mlp_bias: true },
    ],
    ['qwen3', { loraBias: true, targetModules: ['o_proj'] }, { attention_bias: true }],
    ['gpt2', { targetModules: 'all-linear', loraBias: true, bias: 'all' }, {}],
    ['gpt2', { initialization: 'olora', targetModules: 'all-linear' }, {}],
    ['gpt2', { targetModules: ['wte', 'c_attn'] }, { tie_word_embeddings: false }],
    ['gpt2-bare', { modulesToSave: ['mlp', 'wpe', 'ln_f'] }, {}],
    ['llama', { initialization: 'pissa', modulesToSave: ['lm_head', 'norm'] }, {}],
    ['llama-tied', { modulesToSave: ['embed_tokens'] }, { tie_word_embeddings: false }],
    [
      'llama-tied',
      { targetModules: ['embed_tokens'], modulesToSave: ['lm_head'] },
      { tie_word_embeddings: false },
    ],
    ['llama-tied', {}, {}],
    ['qwen2', { method: 'ia3', targetModules: 'all-linear' }, {}],
    ['gpt2', { method: 'ia3' }, {}],
    ['llama-tied', { method: 'full' }, {}],
    ['gpt2', { method: 'full' }, {}],
    ['qwen2-gguf-q8-0', { targetModules: 'all-linear' }, {}],
  ];
  for (const [modelName, options, configChanges] of cases) {
    test(`${modelName} ${JSON.stringify(options)}`, async () => {
      const start = await makeAdapter(modelName, options);
      const fresh = { ...start, values: disturbed(start, 0.05) };
      const beside = await runLogits(fresh.model, { ...fresh, sequences: someIds });
      const merged = merge(fresh);
      assert.deepEqual(merged.configChanges, configChanges);
      assert.equal(merged.isUntied, 'tie_word_embeddings' in configChanges);
      const inside = await mergedLogits(fresh, merged);
      for (const [i, logits] of beside.entries()) {
        assert.ok(largestDifference(logits, inside[i] ?? []) <= 1e-4);
      }
    });
  }

  test("biases that PEFT cannot merge give PEFT's logits all the same", async () => {
    const name = 'lora-lora-bias-on-no-bias';
    const model = await openFixtureModel('llama');
    const opened = await openAdapter(fixturePath(name), { model, signal });
    const { sequences } = await readGolden(name);
    const fresh = { model, adapter: opened.adapter, values: valuesOf(opened) };
    const found = await mergedLogits(
      fresh,
      merge(fresh),
      sequences.map(({ ids }) => ids),
    );
    for (const [i, { logits }] of sequences.entries()) {
      assert.ok(largestDifference(logits, found[i] ?? []) <= 1e-4);
    }
  });
});

test('tensors that the adapter leaves alone keep their values, tied ones stay one', async () => {
  const fresh = await makeAdapter('llama-tied', { targetModules: ['q_proj'] });
  const { tensors, isUntied } = merge({ ...fresh, values: disturbed(fresh) });
  const base = openBase(fresh.model);
  assert.equal(isUntied, false);
  assert.deepEqual(
    tensors.map(({ name }) => name).toSorted(),
    [...fresh.model.checkpoint.tensors.keys()].toSorted(),
  );
  for (const { name, data } of tensors) {
    assert.ok(typeof data === 'function');
    const pieces = [];
    for await (const piece of data(signal)) pieces.push(...piece);
    const isSame = largestDifference(pieces, base.read(name)) === 0;
    assert.equal(isSame, !name.includes('q_proj'), name);
  }
});

describe('what cannot be merged is refused', () => {
  async function refusal(attempt: () => Promise<unknown>, code: string, field: string): Promise<void> {
    await assert.rejects(attempt, (error) => {
      assert.ok(isWeftError(error));
      assert.deepEqual([error.code, error.field, error.kind], [code, field, 'invalid']);
      return true;
    });
  }

  test('a prefix', async () => {
    const fresh = await makeAdapter('llama', { method: 'prefix' });
    await refusal(async () => merge(fresh), 'MERGE_IMPOSSIBLE', 'adapter');
  });

  test('a bias where the architecture has no place for one', async () => {
    const query = 'model.layers.0.self_attn.q_proj.bias';
    const mistral = await makeAdapter('mistral', { loraBias: true });
    await refusal(async () => merge(mistral), 'MERGE_NO_BIAS', query);
    const qwen2 = await makeAdapter('qwen2', { loraBias: true, targetModules: ['q_proj', 'o_proj'] });
    await refusal(async () => merge(qwen2), 'MERGE_NO_BIAS', query.replace('q_proj', 'o_proj'));
  });

  test('results that are not finite, or too large for F16', async () => {
    const fresh = await makeAdapter('llama', { targetModules: ['q_proj'] });
    const query = 'model.layers.0.self_attn.q_proj.weight';
    const times = (factor: number) => (name: string) => disturbed(fresh)(name).map((value) => value * factor);
    const run = (factor: number, dtype: FloatDType) => () =>
      mergedLogits(fresh, merge({ ...fresh, values: times(factor) }, dtype));
    await refusal(run(1e30, 'F32'), 'MERGE_NOT_FINITE', query);
    await refusal(run(1e3, 'F16'), 'MERGE_OVERFLOW', query);
    await run(1, 'F16')();
  });
});

test("the float type is the base's own, bfloat16 for a quantised one", async () => {
  const expected = {
    llama: 'F32',
    'llama3-rope-bf16': 'BF16',
    'llama-gguf-q8-0': 'BF16',
    'qwen3-gguf-f16': 'F16',
  };
  for (const [name, dtype] of Object.entries(expected)) {
    assert.equal(storedFloatDType(await openFixtureModel(name)), dtype, name);
  }
});
