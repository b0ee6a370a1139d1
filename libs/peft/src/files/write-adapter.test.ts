import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { readJsonObject } from '@weft/models';
import type { AdapterOptions } from '../adapter-options.ts';
import { fixturePath, largestDifference, signal, valuesOf } from '../testing/fixtures.ts';
import { disturbed, type FreshAdapter, makeAdapter, someIds } from '../testing/fresh-adapter.ts';
import { openBase, runLogits } from '../testing/run-model.ts';
import { inTemporaryFolder } from '../testing/temporary-folder.ts';
import { openAdapter } from './open-adapter.ts';
import { writeAdapterFolder } from './write-adapter.ts';

function write(
  folder: string,
  { model, adapter, values }: FreshAdapter,
  baseModelName = 'owner/base',
): Promise<void> {
  return writeAdapterFolder(folder, { adapter, values, base: openBase(model), baseModelName, signal });
}

describe('a folder read back computes the same', () => {
  const cases: readonly (readonly [string, Partial<AdapterOptions>])[] = [
    ['llama', { targetModules: 'all-linear', useRslora: true }],
    ['llama', { targetModules: '.*[qk]_proj', rankPattern: { q_proj: 4, 'layers.1.self_attn.q_proj': 2 } }],
    ['llama', { targetModules: 'all-linear', layers: [1], alphaPattern: { 'mlp.*': 3 } }],
    ['gpt2', { targetModules: ['c_attn', 'wte'], modulesToSave: ['mlp', 'ln_f'] }],
    ['gpt2', { initialization: 'pissa', targetModules: 'all-linear', rankPattern: { c_fc: 3 } }],
    ['llama', { initialization: 'olora', useRslora: true, targetModules: ['q_proj', 'embed_tokens'] }],
    ['qwen2', { loraBias: true, bias: 'all' }],
    ['llama-tied', { targetModules: ['embed_tokens'], modulesToSave: ['lm_head'] }],
    ['llama-tied', { modulesToSave: ['embed_tokens'] }],
    ['qwen3', { method: 'ia3', targetModules: 'all-linear', modulesToSave: ['norm'] }],
    ['gpt2', { method: 'ia3', targetModules: ['c_attn', 'c_proj', 'mlp.c_proj'] }],
    ['mistral', { method: 'prefix', virtualTokens: 3, prefixProjection: true }],
  ];
  for (const [modelName, options] of cases) {
    test(`${modelName} ${JSON.stringify(options)}`, async () => {
      const fresh = await makeAdapter(modelName, options);
      const values = disturbed(fresh);
      const { model, adapter } = fresh;
      await inTemporaryFolder(async (folder) => {
        await write(folder, { ...fresh, values });
        const opened = await openAdapter(folder, { model, signal });
        assert.deepEqual(opened.warnings, []);
        const before = await runLogits(model, { adapter, values, sequences: someIds });
        const after = await runLogits(model, {
          adapter: opened.adapter,
          values: valuesOf(opened),
          sequences: someIds,
        });
        for (const [i, logits] of before.entries()) {
          assert.ok(largestDifference(logits, after[i] ?? []) <= 1e-4);
        }
      });
    });
  }
});

test('a pattern that PEFT would sort before another is written so that it cannot win', async () => {
  const rankPattern = { q_proj: 4, 'layers.1.self_attn.q_proj': 2 };
  const fresh = await makeAdapter('llama', { targetModules: ['q_proj'], rankPattern });
  await inTemporaryFolder(async (folder) => {
    await write(folder, fresh);
    const config = await readJsonObject(join(folder, 'adapter_config.json'), signal);
    assert.deepEqual(config['rank_pattern'], {
      'model.layers.0.self_attn.q_proj': 4,
      'model.layers.1.self_attn.q_proj': 4,
    });
  });
});

test('the config has the keys that PEFT writes, sorted, for every method', async () => {
  const cases = [
    ['lora-qv', {}],
    ['ia3-llama', { method: 'ia3' }],
    ['prefix-llama', { method: 'prefix' }],
  ] as const;
  for (const [name, options] of cases) {
    await inTemporaryFolder(async (folder) => {
      await write(folder, await makeAdapter('llama', options));
      const text = await readFile(join(folder, 'adapter_config.json'), 'utf8');
      const theirs = await readFile(join(fixturePath(name), 'adapter_config.json'), 'utf8');
      const keys = (json: string) => Object.keys(JSON.parse(json));
      assert.deepEqual(keys(text), keys(theirs));
      assert.ok(text.startsWith('{\n  "'));
    });
  }
});

test('the folder holds what PEFT writes, with a model card that names the base', async () => {
  await inTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'weft.json'), '{}');
    await write(folder, await makeAdapter('llama', {}), 'a "quoted" name');
    const files = ['README.md', 'adapter_config.json', 'adapter_model.safetensors', 'weft.json'];
    assert.deepEqual((await readdir(folder)).sort(), files);
    const [, matter = ''] = (await readFile(join(folder, 'README.md'), 'utf8')).split('---\n');
    assert.match(matter, /^base_model: "a \\"quoted\\" name"$/m);
    assert.match(matter, /^library_name: peft$/m);
    assert.match(matter, /^tags:\n- .*adapter:.*\n- lora$/m);
  });
});

test('an adapter that is not finite leaves the folder as it was', async () => {
  const fresh = await makeAdapter('llama', {});
  await inTemporaryFolder(async (folder) => {
    await write(folder, fresh);
    const before = await readFile(join(folder, 'adapter_model.safetensors'));
    const values = (name: string) => fresh.values(name).map(() => Number.POSITIVE_INFINITY);
    await assert.rejects(
      write(folder, { ...fresh, values }),
      (error) => isWeftError(error) && error.code === 'ADAPTER_NOT_FINITE' && error.kind === 'training',
    );
    assert.deepEqual(await readFile(join(folder, 'adapter_model.safetensors')), before);
    await openAdapter(folder, { model: fresh.model, signal });
  });
});

test('a folder that cannot be made is named', async () => {
  const fresh = await makeAdapter('llama', {});
  await inTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'file'), '');
    const inside = join(folder, 'file', 'adapter');
    await assert.rejects(
      write(inside, fresh),
      (error) => isWeftError(error) && error.kind === 'invalid' && error.field === inside,
    );
  });
});

test('full fine-tuning has no folder of an adapter', async () => {
  const fresh = await makeAdapter('llama', { method: 'full' });
  await inTemporaryFolder(async (folder) => {
    await assert.rejects(write(folder, fresh), /whole model/);
    assert.deepEqual(await readdir(folder), []);
  });
});
