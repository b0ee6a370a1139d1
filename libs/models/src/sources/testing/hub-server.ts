/** A hub and its storage on loopback: real HTTP, and each of their faults at will. */

import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubRepository {
  readonly repository: string;
  readonly commit: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

export interface Asked {
  readonly host: 'hub' | 'storage';
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** Answers in place of the server where it returns true. */
export type Interception = (asked: Asked, response: http.ServerResponse) => boolean;

export interface HubBehaviour {
  readonly intercept?: Interception;
  /** Changes what the listing says of a file. */
  readonly list?: (sibling: Record<string, unknown>) => Record<string, unknown>;
}

/** Files of this size or more lie in the storage, as those of git LFS do. */
const largeBytes = 1000;

export class HubServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  behaviour: HubBehaviour = {};
  readonly #content: HubRepository;
  readonly #hub: http.Server;
  readonly #storage: http.Server;

  private constructor(content: HubRepository) {
    this.#content = content;
    this.#hub = http.createServer((request, response) => this.#answer('hub', request, response));
    this.#storage = http.createServer((request, response) => this.#answer('storage', request, response));
  }

  static async start(content: HubRepository): Promise<HubServer> {
    const server = new HubServer(content);
    for (const one of [server.#hub, server.#storage]) {
      await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
    }
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${portOf(this.#hub)}`;
  }

  /** Another name for the same machine: another host to a client. */
  get storageOrigin(): string {
    return `http://localhost:${portOf(this.#storage)}`;
  }

  /** What was asked of a file, in order. */
  askedFor(name: string): readonly Asked[] {
    return this.asked.filter(({ url }) => url.endsWith(`/${name}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#hub, this.#storage]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  #answer(host: Asked['host'], request: http.IncomingMessage, response: http.ServerResponse): void {
    const asked = { host, url: request.url ?? '', headers: request.headers };
    this.asked.push(asked);
    if (this.behaviour.intercept?.(asked, response) === true) return;
    if (asked.url.startsWith('/api/models/')) this.#list(asked, response);
    else this.#file(asked, response);
  }

  #file(asked: Asked, response: http.ServerResponse): void {
    const { repository, commit, files } = this.#content;
    const name = decodeURIComponent(asked.url.split('/').at(-1) ?? '');
    const bytes = files.get(name);
    const isStored = asked.host === 'storage';
    if (bytes === undefined || !(isStored || asked.url === `/${repository}/resolve/${commit}/${name}`)) {
      refuse(response, 404, 'EntryNotFound');
    } else if (isStored || bytes.byteLength < largeBytes) {
      send(asked, response, bytes);
    } else {
      response.writeHead(302, {
        location: `${this.storageOrigin}/blobs/${name}`,
        'x-linked-size': bytes.byteLength,
        'x-linked-etag': `"${sha256Of(bytes)}"`,
        'x-repo-commit': commit,
      });
      response.end();
    }
  }

  #list(asked: Asked, response: http.ServerResponse): void {
    const { repository, commit, files } = this.#content;
    const [, name, revision] = /^\/api\/models\/(.+)\/revision\/(.+)\?blobs=true$/.exec(asked.url) ?? [];
    if (name !== repository || (revision !== 'main' && revision !== commit)) {
      refuse(response, 404, name === repository ? 'RevisionNotFound' : 'RepoNotFound');
      return;
    }
    const siblings = [...files].map(([rfilename, bytes]) => {
      const lfs = { sha256: sha256Of(bytes), size: bytes.byteLength, pointerSize: 134 };
      const sibling = { rfilename, size: bytes.byteLength, blobId: gitIdOf(bytes) };
      const told = bytes.byteLength < largeBytes ? sibling : { ...sibling, lfs };
      return this.behaviour.list?.(told) ?? told;
    });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id: repository, sha: commit, siblings }));
  }
}

function send(request: Asked, response: http.ServerResponse, bytes: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.setHeader('etag', `"${bytes.byteLength < largeBytes ? gitIdOf(bytes) : 'of-the-storage'}"`);
  if (from === 0) {
    response.setHeader('content-length', bytes.byteLength);
    response.end(bytes);
  } else if (from >= bytes.byteLength) {
    refuse(response, 416);
  } else {
    const rest = bytes.subarray(from);
    const range = `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}`;
    response.writeHead(206, { 'content-range': range, 'content-length': rest.byteLength });
    response.end(rest);
  }
}

export function refuseAll(status: number, hubCode?: string): HubBehaviour {
  return {
    intercept(_asked, response) {
      refuse(response, status, hubCode);
      return true;
    },
  };
}

function refuse(response: http.ServerResponse, status: number, hubCode?: string): void {
  response.writeHead(status, hubCode === undefined ? {} : { 'x-error-code': hubCode });
  response.end('refused');
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function gitIdOf(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

function portOf(server: http.Server): number {
  return (server.address() as AddressInfo).port;
}
