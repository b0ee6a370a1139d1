import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readJsonObject } from '../formats/json-file.ts';
import { openBaseModel } from '../loading/base-model.ts';
import { computeLogits, largestDifference, readGoldenLogits } from '../testing/logits.ts';
import { parseDecoderConfig } from './parse-config.ts';

const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url));
const signal = new AbortController().signal;
const names = readdirSync(fixtures).filter((name) => existsSync(join(fixtures, name, 'golden.safetensors')));

test('there are golden models of every architecture', () => {
  for (const architecture of ['llama', 'mistral', 'qwen2', 'qwen3', 'gpt2'])
    assert.ok(names.includes(architecture));
});

for (const name of names) {
  test(`${name}: logits equal those of transformers`, async () => {
    const folder = join(fixtures, name);
    const gguf = join(folder, 'model.gguf');
    const model = await openBaseModel(existsSync(gguf) ? gguf : folder, signal);
    const golden = await readGoldenLogits(join(folder, 'golden.safetensors'));
    const logits = await computeLogits(model, golden.sequences);
    const difference = largestDifference(logits, golden.logits);
    assert.ok(difference < 1e-4, `largest difference ${difference}`);
  });
}

for (const name of names) {
  const older = join(fixtures, name, 'config-transformers-4.json');
  if (!existsSync(older)) continue;
  test(`${name}: both spellings of its config say the same`, async () => {
    const newer = join(fixtures, name, 'config.json');
    assert.deepEqual(
      parseDecoderConfig(await readJsonObject(older, signal), older),
      parseDecoderConfig(await readJsonObject(newer, signal), newer),
    );
  });
}

const llama = {
  model_type: 'llama',
  vocab_size: 96,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 1,
  num_attention_heads: 4,
};

test('a config error names the field and its value', () => {
  const broken = { ...llama, hidden_size: 'wide' };
  assert.throws(() => parseDecoderConfig(broken, 'config.json'), {
    code: 'MODEL_CONFIG_INVALID',
    field: 'hidden_size',
    value: 'wide',
  });
});

test('an unknown architecture is refused by name', () => {
  assert.throws(() => parseDecoderConfig({ ...llama, model_type: 'mamba' }, 'config.json'), {
    code: 'MODEL_ARCHITECTURE_UNKNOWN',
    value: 'mamba',
  });
});

test('a missing rope theta is an error where the architecture defines none', () => {
  const qwen = { ...llama, model_type: 'qwen2', num_key_value_heads: 4 };
  assert.throws(() => parseDecoderConfig(qwen, 'config.json'), {
    code: 'MODEL_CONFIG_INVALID',
    field: 'rope_theta',
  });
  assert.equal(parseDecoderConfig(llama, 'config.json').rope?.frequencies[0], 1);
});
