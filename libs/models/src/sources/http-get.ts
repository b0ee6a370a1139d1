/** One HTTP GET, without redirects, with a limit on each thing that may hang. */

import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { isWeftError } from '@weft/errors';
import { unreachable } from './hub-errors.ts';
import type { Environment, SourceTiming } from './types.ts';

export interface HttpGetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly environment: Environment;
  readonly timing: SourceTiming;
  readonly signal: AbortSignal;
}

/**
 * Resolves with the head of the answer; the body is the caller's to read or destroy, and fails where it stays silent
 * for `idleMs`. Throws `HUB_UNREACHABLE`, or the signal's reason.
 */
export async function httpGet(url: URL, options: HttpGetOptions): Promise<http.IncomingMessage> {
  options.signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const request = start(url, options);
  const patience = new Patience(request, url);
  patience.allow(options.timing.connectMs, 'no connection');
  request.once('socket', (socket) => {
    whenConnected(socket, () => patience.allow(options.timing.answerMs, 'no answer'));
  });
  request.once('response', (response) => {
    patience.end();
    request.setTimeout(options.timing.idleMs, () => {
      response.destroy(new Error(`silent for ${options.timing.idleMs} ms`));
    });
    resolve(response);
  });
  // Stays on: a fault after the answer's head is told by its body, but must still have a listener here.
  request.on('error', (error) => {
    patience.end();
    reject(options.signal.aborted ? options.signal.reason : faultOf(url, error));
  });
  request.end();
  return promise;
}

function start(url: URL, { headers, environment, signal }: HttpGetOptions): http.ClientRequest {
  const isSecure = url.protocol === 'https:';
  const Agent = isSecure ? https.Agent : http.Agent;
  const agent = new Agent({ keepAlive: false, proxyEnv: { ...environment } });
  return (isSecure ? https : http).request(url, { method: 'GET', headers: { ...headers }, agent, signal });
}

/** Ends the request where the current step takes too long. */
class Patience {
  readonly #request: http.ClientRequest;
  readonly #url: URL;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: http.ClientRequest, url: URL) {
    this.#request = request;
    this.#url = url;
  }

  allow(limitMs: number, failure: string): void {
    this.end();
    this.#timer = setTimeout(() => {
      this.#request.destroy(unreachable(this.#url.host, `${failure} within ${limitMs} ms`));
    }, limitMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** With TLS that is when it is agreed on; through a proxy the socket comes ready. */
function whenConnected(socket: Socket, then: () => void): void {
  const isSecuring = 'secureConnecting' in socket && socket.secureConnecting === true;
  if (isSecuring) socket.once('secureConnect', then);
  else if (socket.connecting) socket.once('connect', then);
  else then();
}

function faultOf(url: URL, error: Error): Error {
  if (isWeftError(error)) return error;
  const code = 'code' in error ? String(error.code) : error.message;
  return unreachable(url.host, code, error);
}
