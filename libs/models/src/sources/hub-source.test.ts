import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { digestOfFiles } from './base-digest.ts';
import { resolveModel } from './resolve-model.ts';
import { commit, repository, temporaryCache, tinyRepository } from './testing/fixtures.ts';
import { HubServer, sha256Of } from './testing/hub-server.ts';

const name = `hf://${repository}`;

test('a repository becomes a folder with what a model needs and nothing else', async () => {
  await using cache = await temporaryCache();
  const content = tinyRepository();
  await using hub = await HubServer.start(content);
  const model = await resolveModel(name, cache.options({ HF_ENDPOINT: hub.endpoint }));

  assert.equal(model.fullName, `hf://${repository}@${commit}`);
  assert.equal(model.kind, 'huggingface-folder');
  assert.equal(model.source, 'hub');
  const names = [
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ];
  assert.deepEqual(await cache.files(model.path.slice(cache.home.length + 1)), names);
  for (const file of names) {
    assert.deepEqual(await readFile(join(model.path, file)), content.files.get(file));
  }
  assert.deepEqual(await cache.files('downloads'), []);
  assert.deepEqual(await cache.files('locks'), []);
});

test('the digest covers config.json and the weights', async () => {
  await using cache = await temporaryCache();
  const content = tinyRepository();
  await using hub = await HubServer.start(content);
  const model = await resolveModel(name, cache.options({ HF_ENDPOINT: hub.endpoint }));
  const digested = ['config.json', 'model.safetensors'].map((file) => {
    const bytes = content.files.get(file) ?? Buffer.of();
    return { name: file, sizeBytes: bytes.byteLength, sha256: sha256Of(bytes) };
  });
  assert.equal(model.digest, digestOfFiles(digested));
});

test('progress names the weights first and ends at the whole of each file', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository(3_000_000));
  await resolveModel(name, cache.options({ HF_ENDPOINT: hub.endpoint }));
  const [first, ...rest] = cache.progress;
  assert.deepEqual(first, {
    event: 'source',
    name,
    fullName: `hf://${repository}@${commit}`,
    source: 'hub',
    isCached: false,
    reason: null,
  });
  assert.ok(rest.every(({ event }) => event === 'download'));
  const weights = rest.filter((event) => event.event === 'download' && event.file === 'model.safetensors');
  assert.ok(weights.length >= 4);
  assert.deepEqual(weights.at(-1), {
    event: 'download',
    file: 'model.safetensors',
    receivedBytes: 3_000_000,
    totalBytes: 3_000_000,
  });
});

test('a second time nothing is asked of the hub', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository());
  const options = cache.options({ HF_ENDPOINT: hub.endpoint });
  const first = await resolveModel(name, options);
  const count = hub.asked.length;
  assert.deepEqual(await resolveModel(name, options), first);
  assert.deepEqual(await resolveModel(name, cache.options({ HF_HUB_OFFLINE: '1' })), first);
  const byCommit = await resolveModel(`${name}@${commit}`, options);
  assert.equal(byCommit.path, first.path);
  assert.equal(hub.asked.length, count);
  assert.equal(cache.progress.filter(({ event }) => event === 'source').length, 4);
});

test('a branch keeps to its commit until it is refreshed', async () => {
  await using cache = await temporaryCache();
  const before = tinyRepository();
  const after = { ...tinyRepository(), commit: 'f'.repeat(40) };
  let first: string;
  {
    await using hub = await HubServer.start(before);
    first = (await resolveModel(name, cache.options({ HF_ENDPOINT: hub.endpoint }))).fullName;
  }
  await using hub = await HubServer.start(after);
  const options = cache.options({ HF_ENDPOINT: hub.endpoint });
  assert.equal((await resolveModel(name, options)).fullName, first);
  const refreshed = await resolveModel(name, { ...options, refresh: true });
  assert.equal(refreshed.fullName, `hf://${repository}@${'f'.repeat(40)}`);
  assert.equal((await resolveModel(name, options)).fullName, refreshed.fullName);
  assert.equal((await resolveModel(first, options)).fullName, first);
});

test('shards are the files that the index names', async () => {
  await using cache = await temporaryCache();
  const content = tinyRepository();
  const files = new Map(content.files);
  files.delete('model.safetensors');
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const map = { a: shards[0], b: shards[1], c: shards[0] };
  files.set('model.safetensors.index.json', Buffer.from(JSON.stringify({ weight_map: map })));
  for (const shard of shards) files.set(shard, Buffer.from(shard.repeat(100)));
  files.set('consolidated.safetensors', Buffer.from('not this one'));
  await using hub = await HubServer.start({ ...content, files });
  const model = await resolveModel(name, cache.options({ HF_ENDPOINT: hub.endpoint }));
  const got = await cache.files(model.path.slice(cache.home.length + 1));
  assert.deepEqual(
    got.filter((file) => file.includes('safetensors')),
    [...shards, 'model.safetensors.index.json'],
  );
  const local = await resolveModel(model.path, cache.options({}));
  assert.equal(local.digest, model.digest);
});

test('without tokenizer.json the vocabulary and merges come too', async () => {
  await using cache = await temporaryCache();
  const content = tinyRepository();
  const files = new Map([...content.files, ['merges.txt', Buffer.from('a b')] as const]);
  files.delete('tokenizer.json');
  await using hub = await HubServer.start({ ...content, files });
  const model = await resolveModel(name, cache.options({ HF_ENDPOINT: hub.endpoint }));
  const got = await cache.files(model.path.slice(cache.home.length + 1));
  assert.ok(got.includes('vocab.json') && got.includes('merges.txt'));
});

test('a repository of one GGUF file is that file', async () => {
  await using cache = await temporaryCache();
  const files = new Map([
    ['README.md', Buffer.from('x')],
    ['Tiny.Q8_0.gguf', Buffer.alloc(5000, 7)],
  ]);
  await using hub = await HubServer.start({ repository, commit, files });
  const model = await resolveModel(name, cache.options({ HF_ENDPOINT: hub.endpoint }));
  assert.equal(model.kind, 'gguf');
  assert.equal(basename(model.path), 'Tiny.Q8_0.gguf');
  assert.equal((await resolveModel(model.path, cache.options({}))).digest, model.digest);
});

const unusable: readonly (readonly [string, string, readonly (readonly [string, string])[]])[] = [
  [
    'only pickles',
    'HUB_NO_WEIGHTS',
    [
      ['config.json', '{}'],
      ['pytorch_model.bin', 'x'],
    ],
  ],
  ['no configuration', 'HUB_NO_CONFIG', [['model.safetensors', 'x']]],
  [
    'several GGUF files',
    'HUB_AMBIGUOUS',
    [
      ['a.gguf', 'x'],
      ['b.gguf', 'y'],
    ],
  ],
  [
    'weights below a folder',
    'HUB_NO_WEIGHTS',
    [
      ['config.json', '{}'],
      ['../model.safetensors', 'x'],
      ['x/model.safetensors', 'x'],
    ],
  ],
  [
    'an index that leads elsewhere',
    'MODEL_INDEX_MALFORMED',
    [
      ['config.json', '{}'],
      ['model.safetensors.index.json', '{"weight_map": {"a": "../../x.safetensors"}}'],
    ],
  ],
  [
    'an index of missing files',
    'HUB_BAD_ANSWER',
    [
      ['config.json', '{}'],
      ['model.safetensors.index.json', '{"weight_map": {"a": "x.safetensors"}}'],
    ],
  ],
];
for (const [what, code, entries] of unusable) {
  test(`a repository with ${what} is refused`, async () => {
    await using cache = await temporaryCache();
    const files = new Map(entries.map(([file, text]) => [file, Buffer.from(text)]));
    await using hub = await HubServer.start({ repository, commit, files });
    await assert.rejects(resolveModel(name, cache.options({ HF_ENDPOINT: hub.endpoint })), { code });
    assert.deepEqual(await cache.files('models'), []);
  });
}

test('files changed in the cache are noticed', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository());
  const options = cache.options({ HF_ENDPOINT: hub.endpoint });
  const model = await resolveModel(name, options);
  await writeFile(join(model.path, 'model.safetensors'), Buffer.alloc(20_000));
  await assert.rejects(resolveModel(name, options), { code: 'MODEL_FILES_CHANGED', kind: 'invalid' });
});
