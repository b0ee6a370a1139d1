import assert from 'node:assert/strict';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { resolveModel } from './resolve-model.ts';
import { quick, repository, temporaryCache, tinyRepository } from './testing/fixtures.ts';
import { HubServer, refuseAll } from './testing/hub-server.ts';

const name = `hf://${repository}`;

/** The error of resolving against a hub that refuses with this status. */
async function refusal(status: number, hubCode?: string, environment: Record<string, string> = {}) {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository());
  hub.behaviour = refuseAll(status, hubCode);
  const options = cache.options({ HF_ENDPOINT: hub.endpoint, ...environment });
  return await resolveModel(name, options).then(() => assert.fail('not refused'), asWeftError);
}

function asWeftError(error: unknown) {
  assert.ok(isWeftError(error), String(error));
  return error;
}

test('401 asks for a token, or says that the one sent is not good enough', async () => {
  const without = await refusal(401);
  assert.equal(without.code, 'HUB_UNAUTHORIZED');
  assert.equal(without.kind, 'invalid');
  assert.match(without.remedy ?? '', /set HF_TOKEN/);
  const withToken = await refusal(401, undefined, { HF_TOKEN: 'hf_wrong' });
  assert.match(withToken.remedy ?? '', /HF_TOKEN is valid/);
  assert.ok(!JSON.stringify({ ...withToken, text: withToken.stack }).includes('hf_wrong'));
});

test('a gated model leads to its page', async () => {
  const error = await refusal(403, 'GatedRepo');
  assert.equal(error.code, 'HUB_GATED');
  assert.match(
    error.remedy ?? '',
    /Accept its conditions at http:\/\/127\.0\.0\.1:\d+\/someone\/tiny-model /,
  );
  assert.equal((await refusal(401, 'GatedRepo')).code, 'HUB_GATED');
});

test('each other refusal has a code of its own', async () => {
  assert.equal((await refusal(403)).code, 'HUB_FORBIDDEN');
  assert.equal((await refusal(404, 'RepoNotFound')).code, 'HUB_NOT_FOUND');
  assert.match((await refusal(404, 'RevisionNotFound')).message, /no such revision/);
  assert.equal((await refusal(429)).code, 'HUB_RATE_LIMITED');
  const broken = await refusal(503);
  assert.equal(broken.code, 'HUB_SERVER_ERROR');
  assert.equal(broken.kind, 'machine');
});

test('a repository and a revision that do not exist', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository());
  const options = cache.options({ HF_ENDPOINT: hub.endpoint });
  await assert.rejects(resolveModel('hf://someone/else', options), { code: 'HUB_NOT_FOUND' });
  await assert.rejects(resolveModel(`${name}@v9`, options), { message: /no such revision/ });
});

test('offline asks nobody', async () => {
  for (const value of ['1', 'true', 'YES', 'on']) {
    await using cache = await temporaryCache();
    await using hub = await HubServer.start(tinyRepository());
    const options = cache.options({ HF_ENDPOINT: hub.endpoint, HF_HUB_OFFLINE: value });
    await assert.rejects(resolveModel(name, options), { code: 'HUB_OFFLINE', field: 'HF_HUB_OFFLINE' });
    assert.deepEqual(hub.asked, []);
  }
});

test('HF_HUB_OFFLINE=0 is not offline, and a slash after HF_ENDPOINT is no matter', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository());
  const options = cache.options({ HF_ENDPOINT: `${hub.endpoint}/`, HF_HUB_OFFLINE: '0' });
  assert.equal((await resolveModel(name, options)).source, 'hub');
});

test('a host that refuses connections is out of reach', async () => {
  await using cache = await temporaryCache();
  const port = await closedPort();
  const options = cache.options({ HF_ENDPOINT: `http://127.0.0.1:${port}` });
  await assert.rejects(resolveModel(name, options), { code: 'HUB_UNREACHABLE', message: /ECONNREFUSED/ });
});

test('a host that accepts and says nothing is given up, in HTTP and in TLS', async () => {
  await using silent = await SilentServer.start();
  await using cache = await temporaryCache();
  const timing = { ...quick, connectMs: 100, answerMs: 100 };
  for (const [scheme, reason] of [
    ['http', /within 100 ms/],
    ['https', /no connection within 100 ms/],
  ] as const) {
    const options = cache.options({ HF_ENDPOINT: `${scheme}://127.0.0.1:${silent.port}` }, { timing });
    await assert.rejects(resolveModel(name, options), { code: 'HUB_UNREACHABLE', message: reason });
  }
});

test('a body that falls silent is given up', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository());
  hub.behaviour = {
    intercept({ host, url }, response) {
      if (host === 'hub' || !url.endsWith('.safetensors')) return false;
      response.writeHead(200, { 'content-length': 20_000 }).write('some');
      return true;
    },
  };
  const timing = { ...quick, idleMs: 50, retryDelaysMs: [] };
  const options = cache.options({ HF_ENDPOINT: hub.endpoint }, { timing });
  await assert.rejects(resolveModel(name, options), {
    code: 'HUB_DOWNLOAD_CUT',
    message: /silent for 50 ms/,
  });
});

test('waiting for a silent host ends when cancelled', async () => {
  await using silent = await SilentServer.start();
  await using cache = await temporaryCache();
  const reason = new Error('enough');
  const stop = new AbortController();
  setTimeout(() => stop.abort(reason), 50);
  const environment = { HF_ENDPOINT: `http://127.0.0.1:${silent.port}` };
  const timing = { ...quick, answerMs: 60_000 };
  await assert.rejects(
    resolveModel(name, cache.options(environment, { timing, signal: stop.signal })),
    reason,
  );
});

test('redirects that loop or lead nowhere end', async () => {
  for (const location of ['/api/models/again', 'http://[', undefined, 'file:///etc/passwd']) {
    await using cache = await temporaryCache();
    await using hub = await HubServer.start(tinyRepository());
    hub.behaviour = {
      intercept(_asked, response) {
        response.writeHead(302, location === undefined ? {} : { location }).end();
        return true;
      },
    };
    const options = cache.options({ HF_ENDPOINT: hub.endpoint });
    await assert.rejects(resolveModel(name, options), { code: 'HUB_BAD_ANSWER', message: /redirect/ });
    assert.ok(hub.asked.length <= 11);
  }
});

test('a renamed repository is followed, with the token', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository());
  hub.behaviour = {
    intercept({ url }, response) {
      if (!url.includes('old-name')) return false;
      response.writeHead(307, { location: url.replace('someone/old-name', repository) }).end();
      return true;
    },
  };
  const options = cache.options({ HF_ENDPOINT: hub.endpoint, HF_TOKEN: 'hf_secret' });
  const model = await resolveModel('hf://someone/old-name', options);
  assert.match(model.fullName, /^hf:\/\/someone\/old-name@/);
  const listings = hub.asked.filter(({ url }) => url.startsWith('/api/'));
  assert.deepEqual(
    listings.map(({ headers }) => headers.authorization),
    ['Bearer hf_secret', 'Bearer hf_secret'],
  );
});

test('a listing that is no listing is refused', async () => {
  for (const text of ['<html>', '{}', '{"sha": "main", "siblings": []}', '[]']) {
    await using cache = await temporaryCache();
    await using hub = await HubServer.start(tinyRepository());
    hub.behaviour = {
      intercept(_asked, response) {
        response.end(text);
        return true;
      },
    };
    const options = cache.options({ HF_ENDPOINT: hub.endpoint });
    await assert.rejects(resolveModel(name, options), { code: 'HUB_BAD_ANSWER' });
  }
});

test('a proxy of the environment is used', async () => {
  await using cache = await temporaryCache();
  await using hub = await HubServer.start(tinyRepository());
  await using proxy = await ForwardProxy.start(hub.endpoint);
  const options = cache.options({
    HF_ENDPOINT: 'http://hub.invalid',
    HTTP_PROXY: `http://127.0.0.1:${proxy.port}`,
    NO_PROXY: 'localhost',
  });
  assert.equal((await resolveModel(name, options)).source, 'hub');
  assert.ok(proxy.asked.every((url) => url.startsWith('http://hub.invalid/')));
});

test('an endpoint or a token that cannot be one is refused by name, without the secret', async () => {
  await using cache = await temporaryCache();
  for (const endpoint of [
    'huggingface.co',
    'ftp://x.example',
    'https://user:pass@x.example',
    'https://x.example?k=v',
  ]) {
    await assert.rejects(resolveModel(name, cache.options({ HF_ENDPOINT: endpoint })), (error: unknown) => {
      const { code, message, value } = asWeftError(error);
      return code === 'HUB_ENDPOINT_INVALID' && !`${message} ${value}`.includes('pass');
    });
  }
  await assert.rejects(resolveModel(name, cache.options({ HF_TOKEN: 'hf_a\nb' })), (error: unknown) => {
    const { code, message, value } = asWeftError(error);
    return code === 'HUB_TOKEN_INVALID' && !`${message} ${value}`.includes('hf_a');
  });
});

/** Accepts connections and never answers. */
class SilentServer implements AsyncDisposable {
  readonly #server = net.createServer((socket) => this.#sockets.push(socket.on('error', () => undefined)));
  readonly #sockets: net.Socket[] = [];

  static async start(): Promise<SilentServer> {
    const server = new SilentServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Sends what is asked of any host to one server. */
class ForwardProxy implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #server: http.Server;

  private constructor(origin: string) {
    this.#server = http.createServer((request, response) => {
      this.asked.push(request.url ?? '');
      const { pathname, search } = new URL(request.url ?? '');
      http.get(`${origin}${pathname}${search}`, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
    });
  }

  static async start(origin: string): Promise<ForwardProxy> {
    const proxy = new ForwardProxy(origin);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function closedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
