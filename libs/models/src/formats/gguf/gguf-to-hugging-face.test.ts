import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { openCheckpoint } from '../checkpoint.ts';
import { decodeFloats, encodeFloats } from '../float-codec.ts';
import { readTensor } from '../read-tensor.ts';
import type { FloatDType } from '../tensor-entry.ts';
import {
  buildGguf,
  f32,
  type GgufSpec,
  pairArray,
  pairF32,
  pairText,
  pairU32,
  u32,
} from '../testing/gguf-builder.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readGgufHeader } from './gguf-header.ts';
import { ggufToHuggingFace } from './gguf-to-hugging-face.ts';

const { signal } = new AbortController();
const folder = temporaryFolder();
const fixtures = new URL('../../../fixtures/', import.meta.url).pathname;
const own = new URL('fixtures/', import.meta.url).pathname;

/** Every tensor of the GGUF file against the model it was made from, whose values it holds in type `stored`. */
async function equalsModel(gguf: string, model: string, stored: FloatDType): Promise<void> {
  const ours = await openCheckpoint(gguf, signal);
  const theirs = await openCheckpoint(join(fixtures, model), signal);
  assert.deepEqual([...ours.tensors.keys()].sort(), [...theirs.tensors.keys()].sort());
  for (const [name, entry] of theirs.tensors) {
    const converted = ours.tensors.get(name);
    assert.ok(converted !== undefined);
    assert.deepEqual(converted.shape, entry.shape, name);
    const values = await readTensor(entry, signal);
    const isMatrix = entry.shape.length > 1;
    const expected = isMatrix ? decodeFloats(stored, encodeFloats(stored, values)) : values;
    assert.deepEqual(await readTensor(converted, signal), expected, name);
  }
  for (const [key, value] of Object.entries(theirs.config)) {
    const ourValue = ours.config[key];
    if (!notOfTheModel.has(key) && ourValue !== undefined) assert.deepEqual(ourValue, value, key);
  }
}

/** Token ids of the fixtures differ between the two; the rest are settings of training, or spelt in another way. */
const notOfTheModel = new Set([
  'bos_token_id',
  'eos_token_id',
  'pad_token_id',
  'attn_pdrop',
  'embd_pdrop',
  'resid_pdrop',
  'n_inner',
]);

test('a llama file is the model it was made from: rows of q and k are back in order', async () => {
  await equalsModel(join(fixtures, 'llama-gguf-f32/model.gguf'), 'llama', 'F32');
});

test('factors of the frequencies become the llama3 scaling that made them', async () => {
  const gguf = join(fixtures, 'llama3-rope-gguf-f32/model.gguf');
  await equalsModel(gguf, 'llama3-rope', 'F32');
  const { config } = await openCheckpoint(gguf, signal);
  assert.deepEqual(config['rope_scaling'], {
    rope_type: 'llama3',
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 64,
  });
});

test('a qwen3 file is the model it was made from', async () => {
  await equalsModel(join(fixtures, 'qwen3-gguf-f16/model.gguf'), 'qwen3', 'F16');
});

test('a gpt2 file is the model it was made from: layers transposed, the copy of the embeddings left out', async () => {
  const gguf = join(own, 'gpt2-f16.gguf');
  await equalsModel(gguf, 'gpt2', 'F16');
  const { config, tensors } = await openCheckpoint(gguf, signal);
  assert.equal(config['tie_word_embeddings'], true);
  assert.equal(config['n_inner'], 128);
  assert.equal(tensors.get('transformer.h.0.mlp.c_fc.weight')?.transposed, true);
});

test('a quantised file keeps names and shapes, and says that it was bfloat16', async () => {
  for (const [gguf, model] of [
    ['llama-gguf-q8-0', 'llama'],
    ['qwen2-gguf-q8-0', 'qwen2'],
  ] as const) {
    const ours = await openCheckpoint(join(fixtures, gguf, 'model.gguf'), signal);
    const theirs = await openCheckpoint(join(fixtures, model), signal);
    assert.equal(ours.config['torch_dtype'], 'bfloat16');
    assert.equal(ours.config['model_type'], theirs.config['model_type']);
    assert.equal(ours.config['tie_word_embeddings'], theirs.config['tie_word_embeddings']);
    assert.equal(
      ours.tensors.get('model.layers.1.self_attn.k_proj.weight')?.unpermuteHeads,
      gguf.startsWith('llama') ? 2 : 0,
    );
    const shapes = ({ tensors }: typeof ours) =>
      new Map([...tensors].map(([name, { shape }]) => [name, shape]));
    assert.deepEqual(shapes(ours), shapes(theirs));
  }
});

const llamaKeys: ReadonlyMap<string, Buffer> = new Map([
  ['architecture', pairText('general.architecture', 'llama')],
  ['embedding_length', pairU32('llama.embedding_length', 8)],
  ['block_count', pairU32('llama.block_count', 1)],
  ['context_length', pairU32('llama.context_length', 64)],
  ['feed_forward_length', pairU32('llama.feed_forward_length', 16)],
  ['head_count', pairU32('llama.attention.head_count', 2)],
  ['epsilon', pairF32('llama.attention.layer_norm_rms_epsilon', 1e-6)],
]);
const embedding = { name: 'token_embd.weight', shape: [3, 8], offset: 0 };

/** The Hugging Face view of a tiny llama file with these keys more, or instead of its own. */
async function viewOf(keys: Readonly<Record<string, Buffer>>, spec: GgufSpec = {}) {
  const path = join(folder, 'model.gguf');
  const metadata = [...new Map([...llamaKeys, ...Object.entries(keys)]).values()].filter(
    ({ length }) => length > 0,
  );
  await writeFile(path, buildGguf({ tensors: [embedding], data: Buffer.alloc(512), ...spec, metadata }));
  return ggufToHuggingFace(await readGgufHeader(path, signal), signal);
}

test('what a file leaves out has the value that its readers take', async () => {
  const { config } = await viewOf({});
  assert.equal(config['model_type'], 'llama');
  assert.equal(config['rope_theta'], 10_000);
  assert.equal(config['rope_scaling'], null);
  assert.equal(config['num_key_value_heads'], 2);
  assert.equal(config['head_dim'], 4);
  assert.equal(config['rms_norm_eps'], 1e-6);
  assert.equal(config['tie_word_embeddings'], true);
  assert.equal(config['vocab_size'], 3);
  assert.equal(config['bos_token_id'], null);
});

test('a window makes a mistral, counts per layer are taken where all agree', async () => {
  const perLayer = pairArray('llama.attention.head_count', 5, [u32(4), u32(4)]);
  const { config } = await viewOf({
    window: pairU32('llama.attention.sliding_window', 32),
    head_count: perLayer,
  });
  assert.equal(config['model_type'], 'mistral');
  assert.equal(config['sliding_window'], 32);
  assert.equal(config['num_attention_heads'], 4);
  const uneven = pairArray('llama.attention.head_count', 5, [u32(4), u32(2)]);
  await assert.rejects(viewOf({ head_count: uneven }), /head_count is 4,2, which is not possible/);
});

test('scalings by metadata are spelt as Hugging Face does', async () => {
  const factor = pairF32('llama.rope.scaling.factor', 4);
  const linear = await viewOf({ factor, theta: pairF32('llama.rope.freq_base', 500_000) });
  assert.deepEqual(linear.config['rope_scaling'], { rope_type: 'linear', factor: 4 });
  assert.equal(linear.config['rope_theta'], 500_000);
  const none = await viewOf({ factor, type: pairText('llama.rope.scaling.type', 'none') });
  assert.equal(none.config['rope_scaling'], null);
  const yarn = await viewOf({
    factor,
    type: pairText('llama.rope.scaling.type', 'yarn'),
    original: pairU32('llama.rope.scaling.original_context_length', 16),
    fast: pairF32('llama.rope.scaling.yarn_beta_fast', 24),
    attention: pairF32('llama.rope.scaling.attn_factor', 0.5),
  });
  assert.deepEqual(yarn.config['rope_scaling'], {
    rope_type: 'yarn',
    factor: 4,
    original_max_position_embeddings: 16,
    attention_factor: 0.5 * (1 + 0.1 * Math.log(4)),
    beta_fast: 24,
  });
  const unknown = viewOf({ factor, type: pairText('llama.rope.scaling.type', 'longrope') });
  await assert.rejects(unknown, (error) => isWeftError(error) && error.code === 'GGUF_ROPE_UNKNOWN');
});

test('factors that no llama3 scaling makes are kept one by one', async () => {
  const factorsOf = async (factors: readonly number[]) => {
    const tensors = [embedding, { name: 'rope_freqs.weight', shape: [factors.length], offset: 96 }];
    const data = Buffer.concat([Buffer.alloc(96), ...factors.map(f32), Buffer.alloc(64)]);
    return (await viewOf({}, { tensors, data })).config['rope_scaling'];
  };
  assert.deepEqual(await factorsOf([1.5, 3]), {
    rope_type: 'longrope',
    short_factor: [1.5, 3],
    long_factor: [1.5, 3],
    factor: 1,
    attention_factor: 1,
    original_max_position_embeddings: 64,
  });
  assert.equal(await factorsOf([1, 1]), null);
  await assert.rejects(factorsOf([1, Number.NaN]), /holds no factors/);
  await assert.rejects(factorsOf([1, -2]), /holds no factors/);
});

test('an output matrix that differs from the embeddings in one value is no copy', async () => {
  const tensors = [embedding, { ...embedding, name: 'output.weight', offset: 96 }];
  const same = await viewOf({}, { tensors, data: Buffer.alloc(192) });
  assert.equal(same.config['tie_word_embeddings'], true);
  assert.deepEqual([...same.tensors.keys()], ['model.embed_tokens.weight']);
  const data = Buffer.alloc(192);
  data.writeFloatLE(1, 188);
  const other = await viewOf({}, { tensors, data });
  assert.equal(other.config['tie_word_embeddings'], false);
  assert.deepEqual([...other.tensors.keys()], ['model.embed_tokens.weight', 'lm_head.weight']);
});

test('what the architecture does not have, or lacks, is refused by name', async () => {
  const rejects = async (view: Promise<unknown>, message: RegExp, code = 'GGUF_MALFORMED') => {
    await assert.rejects(
      view,
      (error) => isWeftError(error) && error.code === code && message.test(error.message),
    );
  };
  const tensors = (name: string, shape: readonly number[]) => ({
    tensors: [embedding, { name, shape, offset: 96 }],
  });
  await rejects(
    viewOf({ architecture: pairText('general.architecture', 'mamba') }),
    /mamba/,
    'GGUF_ARCHITECTURE_UNKNOWN',
  );
  await rejects(
    viewOf({ e: pairU32('llama.expert_count', 8) }),
    /with 8 experts/,
    'GGUF_ARCHITECTURE_UNKNOWN',
  );
  await rejects(viewOf({ architecture: Buffer.alloc(0) }), /has no general.architecture/);
  await rejects(viewOf({ embedding_length: Buffer.alloc(0) }), /has no llama.embedding_length/);
  await rejects(viewOf({ head_count: pairU32('llama.attention.head_count', 0) }), /head_count is 0/);
  await rejects(viewOf({ epsilon: pairText('llama.attention.layer_norm_rms_epsilon', 'x') }), /epsilon is x/);
  await rejects(viewOf({ v: pairU32('llama.attention.value_length', 8) }), /value_length is 8/);
  await rejects(viewOf({}, { tensors: [] }), /no matrix token_embd.weight/);
  await rejects(viewOf({}, tensors('blk.0.ssm_in.weight', [2, 8])), /has no tensor blk.0.ssm_in.weight/);
  await rejects(viewOf({}, tensors('blk.00.attn_q.weight', [2, 8])), /has no tensor blk.00/);
  await rejects(viewOf({}, tensors('blk.0.attn_q.weight', [6, 8])), /6 rows, which 2 heads cannot share/);
});
