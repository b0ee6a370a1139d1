import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveModel } from './resolve-model.ts';
import { commit, repository, temporaryCache, tinyRepository } from './testing/fixtures.ts';
import { HubServer } from './testing/hub-server.ts';

const name = `hf://${repository}`;
const script = join(import.meta.dirname, 'testing', 'resolve-in-child.ts');

async function outcomeOf(child: ChildProcess): Promise<Record<string, unknown>> {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await once(child, 'close');
  return JSON.parse(text);
}

function resolveInChild(home: string, hub: HubServer): ChildProcess {
  return spawn(process.execPath, [script, home, hub.endpoint, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('two processes at once fetch each file once and get the same model', async () => {
  await using cache = await temporaryCache();
  const content = tinyRepository(500_000);
  await using hub = await HubServer.start(content);
  const children = [resolveInChild(cache.home, hub), resolveInChild(cache.home, hub)];
  const [first, second] = await Promise.all(children.map(outcomeOf));
  assert.deepEqual(first, second);
  assert.equal(first?.['fullName'], `hf://${repository}@${commit}`);
  assert.equal(hub.askedFor('model.safetensors').filter(({ host }) => host === 'storage').length, 1);
  const weights = await readFile(join(String(first?.['path']), 'model.safetensors'));
  assert.deepEqual(weights, content.files.get('model.safetensors'));
  assert.deepEqual(await cache.files('downloads'), []);
});

test('a process killed in the middle leaves a part that the next one goes on with', async () => {
  await using cache = await temporaryCache();
  const content = tinyRepository(400_000);
  const bytes = content.files.get('model.safetensors') ?? Buffer.of();
  await using hub = await HubServer.start(content);
  const halfSent = Promise.withResolvers<void>();
  hub.behaviour = {
    intercept({ host, url }, response) {
      if (host === 'hub' || !url.endsWith('.safetensors')) return false;
      response.writeHead(200, { 'content-length': bytes.byteLength });
      response.write(bytes.subarray(0, 150_000), () => halfSent.resolve());
      return true;
    },
  };
  const child = resolveInChild(cache.home, hub);
  await halfSent.promise;
  const part = await partOfSize(cache.home, 150_000);
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.deepEqual(await cache.files('models'), []);
  assert.equal((await cache.files('locks')).length, 1);

  hub.behaviour = {};
  const model = await resolveModel(name, cache.options({ HF_ENDPOINT: hub.endpoint }));
  assert.deepEqual(await readFile(join(model.path, 'model.safetensors')), bytes);
  const ranges = hub.askedFor('model.safetensors').filter(({ host }) => host === 'storage');
  assert.equal(ranges.at(-1)?.headers.range, `bytes=${part}-`);
});

/** Waits until the part of the weights has that many bytes. */
async function partOfSize(home: string, sizeBytes: number): Promise<number> {
  const folder = join(home, 'downloads', `hub--someone--tiny-model--${commit}`, 'parts');
  for (;;) {
    const [part] = (await readdirOrNone(folder)).filter((file) => file.startsWith('model.safetensors'));
    const size = part === undefined ? 0 : (await stat(join(folder, part))).size;
    if (size >= sizeBytes) return size;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function readdirOrNone(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

test('a disk that takes no more is told, and the part is no model', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository(400_000));
  // Blocks of 512 bytes: no file may grow past 100 KiB, as if the disk were full.
  const words = [
    '-c',
    'ulimit -f 200; exec "$0" "$@"',
    process.execPath,
    script,
    cache.home,
    hub.endpoint,
    name,
  ];
  const outcome = await outcomeOf(spawn('/bin/sh', words, { stdio: ['ignore', 'pipe', 'inherit'] }));
  assert.equal(outcome['code'], 'DISK_FULL');
  assert.equal(outcome['kind'], 'machine');
  assert.match(String(outcome['remedy']), /WEFT_HOME/);
  assert.deepEqual(await cache.files('models'), []);
  assert.deepEqual(await cache.files('locks'), []);
});

test('a cache that is a file, or may not be written, is told with the remedy', async (context) => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository());
  const file = join(cache.home, 'file');
  await writeFile(file, '');
  const environment = { HF_ENDPOINT: hub.endpoint };
  const expected = { code: 'CACHE_NOT_WRITABLE', kind: 'machine', remedy: /WEFT_HOME/ };
  await assert.rejects(resolveModel(name, { ...cache.options(environment), home: file }), expected);
  await assert.rejects(
    resolveModel(name, { ...cache.options(environment), home: join(file, 'x') }),
    expected,
  );
  const closed = join(cache.home, 'closed');
  await mkdir(closed);
  await chmod(closed, 0o500);
  if (process.getuid?.() === 0) context.diagnostic('root may write everywhere: permissions not tried');
  else await assert.rejects(resolveModel(name, { ...cache.options(environment), home: closed }), expected);
});
