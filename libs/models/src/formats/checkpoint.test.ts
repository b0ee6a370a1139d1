import assert from 'node:assert/strict';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { openCheckpoint } from './checkpoint.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const { signal } = new AbortController();
const fixtures = new URL('../../fixtures/', import.meta.url).pathname;
const folder = temporaryFolder();

async function rejects(path: string, code: string, message: RegExp): Promise<void> {
  await assert.rejects(openCheckpoint(path, signal), (error) => {
    assert.ok(isWeftError(error), String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

test('whole and sharded folders of one model name the same tensors', async () => {
  const whole = await openCheckpoint(join(fixtures, 'llama3-rope'), signal);
  const sharded = await openCheckpoint(join(fixtures, 'llama3-rope-sharded'), signal);
  assert.equal(whole.format, 'safetensors');
  assert.equal(whole.config['model_type'], 'llama');
  assert.equal(whole.generationConfig?.['eos_token_id'], 1);
  assert.equal(whole.gguf, null);
  assert.deepEqual(whole.weightFiles, [join(fixtures, 'llama3-rope/model.safetensors')]);
  assert.equal(sharded.weightFiles.length, 3);
  const shapes = ({ tensors }: typeof whole) =>
    new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  assert.deepEqual(shapes(sharded), shapes(whole));
  const files = new Set([...sharded.tensors.values()].map(({ path }) => path));
  assert.deepEqual([...files].sort(), sharded.weightFiles);
});

test('a GGUF file brings its metadata along', async () => {
  const checkpoint = await openCheckpoint(join(fixtures, 'llama-gguf-q8-0/model.gguf'), signal);
  assert.equal(checkpoint.format, 'gguf');
  assert.equal(checkpoint.gguf?.metadata.get('tokenizer.ggml.model'), 'gpt2');
  assert.equal(checkpoint.tensors.get('model.norm.weight')?.dtype, 'F32');
});

test('what is missing is named', async () => {
  await rejects(join(folder, 'absent'), 'FILE_NOT_FOUND', /absent does not exist/);
  const model = join(folder, 'model');
  await mkdir(model);
  await rejects(model, 'CHECKPOINT_NOT_FOUND', /neither model.safetensors nor/);
  await copyFile(join(fixtures, 'qwen3/model.safetensors'), join(model, 'model.safetensors'));
  await rejects(model, 'FILE_NOT_FOUND', /config.json does not exist/);
  await writeFile(join(model, 'config.json'), '[]');
  await rejects(model, 'JSON_MALFORMED', /config.json holds no JSON object/);
  await writeFile(join(model, 'config.json'), '{"a":');
  await rejects(model, 'JSON_MALFORMED', /config.json is no JSON/);
  await rm(join(model, 'model.safetensors'));
  await writeFile(join(model, 'model.safetensors.index.json'), '{"weight_map":{"x":"gone.safetensors"}}');
  await rejects(model, 'FILE_NOT_FOUND', /gone.safetensors does not exist/);
});
