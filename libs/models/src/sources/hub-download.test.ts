import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveModel } from './resolve-model.ts';
import { type Cache, commit, repository, temporaryCache, tinyRepository } from './testing/fixtures.ts';
import { type Asked, HubServer, sha256Of } from './testing/hub-server.ts';

const name = `hf://${repository}`;
const weights = 'model.safetensors';
const content = tinyRepository(300_000);
const bytes = content.files.get(weights) ?? Buffer.of();

function resolve(cache: Cache, hub: HubServer) {
  return resolveModel(name, cache.options({ HF_ENDPOINT: hub.endpoint, HF_TOKEN: 'hf_secret' }));
}

function isStored({ host, url }: Asked): boolean {
  return host === 'storage' && url.endsWith(weights);
}

async function assertWhole(cache: Cache, path: string): Promise<void> {
  assert.deepEqual(await readFile(join(path, weights)), bytes);
  assert.deepEqual(await cache.files('downloads'), []);
}

function partPath(cache: Cache): string {
  const folder = join(cache.home, 'downloads', `hub--someone--tiny-model--${commit}`, 'parts');
  return join(folder, `${weights}.${sha256Of(bytes).slice(0, 16)}.part`);
}

/** Not before: what is still on its way when a connection breaks is lost. */
async function cutWhenArrived(cache: Cache, sizeBytes: number, response: ServerResponse): Promise<void> {
  for (;;) {
    const { size } = await stat(partPath(cache));
    if (size >= sizeBytes || response.destroyed) break;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  response.destroy();
}

async function leavePart(cache: Cache, part: Uint8Array): Promise<void> {
  await mkdir(join(partPath(cache), '..'), { recursive: true });
  await writeFile(partPath(cache), part);
}

test('the token goes to the hub and never to its storage', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  await resolve(cache, hub);
  for (const { host, headers } of hub.asked) {
    assert.equal(headers.authorization, host === 'hub' ? 'Bearer hf_secret' : undefined);
  }
  assert.ok(hub.asked.some(isStored));
  assert.ok(!JSON.stringify(cache.progress).includes('hf_secret'));
});

test('the token does not follow to another port of the same host', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  const sameHost = hub.storageOrigin.replace('localhost', '127.0.0.1');
  hub.behaviour = {
    intercept({ host, url }, response) {
      if (host === 'storage' || !url.endsWith('/config.json')) return false;
      response.writeHead(307, { location: `${sameHost}/blobs/config.json` }).end();
      return true;
    },
  };
  await resolve(cache, hub);
  const moved = hub.askedFor('config.json').filter(({ host }) => host === 'storage');
  assert.deepEqual(
    moved.map(({ headers }) => headers.authorization),
    [undefined],
  );
});

test('a cut body goes on at the byte where it was cut', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  let cuts = 0;
  hub.behaviour = {
    intercept(asked, response) {
      if (!isStored(asked) || cuts === 3) return false;
      const from = cuts * 50_000;
      cuts += 1;
      const length = { 'content-length': bytes.byteLength - from };
      const range = { 'content-range': `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}` };
      response.writeHead(from === 0 ? 200 : 206, from === 0 ? length : { ...length, ...range });
      response.write(bytes.subarray(from, from + 50_000));
      cutWhenArrived(cache, from + 50_000, response);
      return true;
    },
  };
  const model = await resolve(cache, hub);
  await assertWhole(cache, model.path);
  const ranges = hub.asked.filter(isStored).map(({ headers }) => headers.range);
  assert.deepEqual(ranges, [undefined, 'bytes=50000-', 'bytes=100000-', 'bytes=150000-']);
});

test('a body that stays cut is an error, keeps what came, and the next call fetches only the rest', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  let isFirst = true;
  hub.behaviour = {
    intercept(asked, response) {
      if (!isStored(asked)) return false;
      if (isFirst) response.writeHead(200, { 'content-length': bytes.byteLength });
      if (isFirst) response.write(bytes.subarray(0, 70_000));
      if (isFirst) cutWhenArrived(cache, 70_000, response);
      else response.destroy();
      isFirst = false;
      return true;
    },
  };
  await assert.rejects(resolve(cache, hub), { code: 'HUB_UNREACHABLE', kind: 'machine' });
  assert.deepEqual(await readFile(partPath(cache)), bytes.subarray(0, 70_000));
  assert.deepEqual(await cache.files('models'), []);

  hub.behaviour = {};
  hub.asked.length = 0;
  const model = await resolve(cache, hub);
  await assertWhole(cache, model.path);
  assert.equal(hub.asked.find(isStored)?.headers.range, 'bytes=70000-');
  assert.deepEqual(hub.askedFor('tokenizer.json'), []);
});

test('a body that ends early without a fault is noticed too', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  hub.behaviour = {
    intercept(asked, response) {
      if (!isStored(asked)) return false;
      response.writeHead(200, { 'transfer-encoding': 'chunked' });
      response.end(bytes.subarray(0, 10));
      return true;
    },
  };
  await assert.rejects(resolve(cache, hub), { code: 'HUB_DOWNLOAD_CUT', message: /10 of 300000/ });
  assert.equal(hub.asked.filter(isStored).length, 4);
  assert.deepEqual(await cache.files('models'), []);
});

test('a server without ranges starts again', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  await leavePart(cache, bytes.subarray(0, 1234));
  hub.behaviour = {
    intercept(asked, response) {
      if (!isStored(asked)) return false;
      response.writeHead(200, { 'content-length': bytes.byteLength }).end(bytes);
      return true;
    },
  };
  await assertWhole(cache, (await resolve(cache, hub)).path);
  assert.equal(hub.asked.filter(isStored).length, 1);
});

test('a spoilt part is thrown away and fetched anew', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  await leavePart(cache, Buffer.alloc(1000, 1));
  await assertWhole(cache, (await resolve(cache, hub)).path);
  const ranges = hub.asked.filter(isStored).map(({ headers }) => headers.range);
  assert.deepEqual(ranges, ['bytes=1000-', undefined]);
});

test('a part that is too long starts again', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  await leavePart(cache, Buffer.alloc(bytes.byteLength + 5));
  await assertWhole(cache, (await resolve(cache, hub)).path);
});

test('a whole part is verified and taken without asking', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  await leavePart(cache, bytes);
  await assertWhole(cache, (await resolve(cache, hub)).path);
  assert.deepEqual(hub.askedFor(weights), []);
});

const lies: readonly (readonly [
  string,
  string,
  (asked: Asked) => { head: Record<string, string | number>; body: Buffer } | null,
])[] = [
  [
    'other bytes',
    'HUB_CHECKSUM_MISMATCH',
    (asked) => (isStored(asked) ? { head: {}, body: Buffer.alloc(bytes.byteLength) } : null),
  ],
  [
    'another size',
    'HUB_BAD_ANSWER',
    (asked) => (isStored(asked) ? { head: { 'content-length': 10 }, body: bytes.subarray(0, 10) } : null),
  ],
  [
    'too many bytes',
    'HUB_BAD_ANSWER',
    (asked) =>
      isStored(asked)
        ? { head: { 'transfer-encoding': 'chunked' }, body: Buffer.concat([bytes, bytes]) }
        : null,
  ],
  [
    'compressed bytes',
    'HUB_BAD_ANSWER',
    (asked) => (isStored(asked) ? { head: { 'content-encoding': 'gzip' }, body: bytes } : null),
  ],
  [
    'a small file that differs',
    'HUB_CHECKSUM_MISMATCH',
    (asked) =>
      asked.url.endsWith('/config.json') ? { head: {}, body: Buffer.from('{"model_type": "other"}') } : null,
  ],
];
for (const [what, code, lie] of lies) {
  test(`${what} in place of the file are refused and not kept`, async () => {
    await using cache = await temporaryCache();
    await using hub = await HubServer.start(content);
    hub.behaviour = {
      intercept(asked, response) {
        const told = lie(asked);
        if (told === null) return false;
        response.writeHead(200, told.head).end(told.body);
        return true;
      },
    };
    await assert.rejects(resolve(cache, hub), { code, kind: 'machine' });
    assert.deepEqual(await cache.files('models'), []);
  });
}

test('a range that is not the one asked for is refused', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  await leavePart(cache, bytes.subarray(0, 100));
  hub.behaviour = {
    intercept(asked, response) {
      if (!isStored(asked)) return false;
      const range = `bytes 0-${bytes.byteLength - 1}/${bytes.byteLength}`;
      response.writeHead(206, { 'content-range': range }).end(bytes);
      return true;
    },
  };
  await assert.rejects(resolve(cache, hub), { code: 'HUB_BAD_ANSWER', value: /^bytes 0-/ });
});

test('a listing and an ETag that disagree are refused', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  hub.behaviour = {
    list: (sibling) =>
      sibling['rfilename'] === weights ? { ...sibling, lfs: { sha256: 'a'.repeat(64) } } : sibling,
  };
  await assert.rejects(resolve(cache, hub), { code: 'HUB_BAD_ANSWER', message: /ETag/ });
});

test('a mirror that lists names alone is checked by the headers of each file', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  hub.behaviour = { list: ({ rfilename }) => ({ rfilename }) };
  await assertWhole(cache, (await resolve(cache, hub)).path);
  const spoilt = { ...content, commit: 'b'.repeat(40) };
  await using other = await HubServer.start(spoilt);
  other.behaviour = {
    list: ({ rfilename }) => ({ rfilename }),
    intercept(asked, response) {
      if (isStored(asked)) response.end(Buffer.alloc(bytes.byteLength));
      return isStored(asked);
    },
  };
  await assert.rejects(
    resolveModel(`${name}@${spoilt.commit}`, cache.options({ HF_ENDPOINT: other.endpoint })),
    {
      code: 'HUB_CHECKSUM_MISMATCH',
    },
  );
});

test('what nothing can verify is refused', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  hub.behaviour = {
    list: ({ rfilename }) => ({ rfilename }),
    intercept({ url }, response) {
      if (!url.endsWith('/config.json')) return false;
      response.writeHead(200, { etag: 'W/"5f-17"', 'content-length': 2 }).end('{}');
      return true;
    },
  };
  await assert.rejects(resolve(cache, hub), { code: 'HUB_BAD_ANSWER', message: /no checksum/ });
});

test('cancelling stops the download, keeps the part and throws the reason', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(content);
  const stop = new AbortController();
  hub.behaviour = {
    intercept(asked, response) {
      if (!isStored(asked)) return false;
      response.writeHead(200, { 'content-length': bytes.byteLength }).write(bytes.subarray(0, 60_000));
      return true;
    },
  };
  const reason = new Error('enough');
  const options = cache.options(
    { HF_ENDPOINT: hub.endpoint },
    {
      signal: stop.signal,
      onProgress: (progress) => {
        if (progress.event === 'download' && progress.file === weights)
          setTimeout(() => stop.abort(reason), 50);
      },
    },
  );
  await assert.rejects(resolveModel(name, options), reason);
  assert.deepEqual(await cache.files('models'), []);
  assert.deepEqual(await cache.files('locks'), []);
});
