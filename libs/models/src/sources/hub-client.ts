/** Asks the hub: follows its redirects, keeps the token to the hub itself, turns refusals into errors. */

import type { IncomingMessage } from 'node:http';
import { httpGet } from './http-get.ts';
import { type HubRequest, protocolError, statusError } from './hub-errors.ts';
import type { HubSettings } from './hub-settings.ts';
import type { Environment, SourceTiming } from './types.ts';

export interface HubClientOptions {
  readonly settings: HubSettings;
  readonly environment: Environment;
  readonly timing: SourceTiming;
}

export interface HubAnswer {
  /** 200 or 206, or 416 where a range was asked for. The body is the receiver's to read or destroy. */
  readonly response: IncomingMessage;
  /** Headers of the hub itself, by lower-case name: on the way to its storage only they tell what the file is. */
  readonly hubHeaders: Readonly<Record<string, string>>;
}

export interface AskOptions {
  /** What is asked for, for messages. */
  readonly subject: string;
  readonly signal: AbortSignal;
  /** Of the first byte wanted. */
  readonly from?: number;
}

const maxRedirects = 10;
const redirects = new Set([301, 302, 303, 307, 308]);

export class HubClient {
  readonly settings: HubSettings;
  readonly timing: SourceTiming;
  readonly #environment: Environment;

  constructor(options: HubClientOptions) {
    this.settings = options.settings;
    this.timing = options.timing;
    this.#environment = options.environment;
  }

  /** `path` is relative to the endpoint. Throws `HUB_…` errors, or the signal's reason. */
  async ask(path: string, options: AskOptions): Promise<HubAnswer> {
    let url = new URL(this.settings.endpoint.href.replace(/\/*$/, '/') + path);
    let hubHeaders: Record<string, string> = {};
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      const response = await httpGet(url, {
        headers: this.#headersFor(url, options.from ?? 0),
        environment: this.#environment,
        timing: this.timing,
        signal: options.signal,
      });
      if (this.#isHub(url)) hubHeaders = { ...hubHeaders, ...headersOf(response) };
      if (!redirects.has(response.statusCode ?? 0)) {
        return { response: this.#accept(response, options), hubHeaders };
      }
      response.destroy();
      url = nextUrl(url, response.headers.location, options.subject);
    }
    throw protocolError(options.subject, `more than ${maxRedirects} redirects`);
  }

  #isHub(url: URL): boolean {
    return url.origin === this.settings.endpoint.origin;
  }

  #headersFor(url: URL, from: number): Record<string, string> {
    const { token } = this.settings;
    return {
      'user-agent': 'weft/0.1',
      'accept-encoding': 'identity',
      ...(token !== null && this.#isHub(url) ? { authorization: `Bearer ${token}` } : {}),
      ...(from > 0 ? { range: `bytes=${from}-` } : {}),
    };
  }

  #accept(response: IncomingMessage, options: AskOptions): IncomingMessage {
    const status = response.statusCode ?? 0;
    const isRanged = (options.from ?? 0) > 0;
    if (status === 200 || (isRanged && (status === 206 || status === 416))) {
      const encoding = response.headers['content-encoding'] ?? 'identity';
      if (encoding === 'identity') return response;
      response.destroy();
      throw protocolError(options.subject, 'it is compressed, which was not asked for', encoding);
    }
    response.destroy();
    const request: HubRequest = {
      subject: options.subject,
      endpoint: this.settings.endpoint,
      hasToken: this.settings.token !== null,
    };
    const hubCode = response.headers['x-error-code'];
    throw statusError(request, status, typeof hubCode === 'string' ? hubCode : null);
  }
}

function nextUrl(from: URL, location: string | undefined, subject: string): URL {
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw protocolError(subject, 'a redirect leads nowhere');
  }
  const url = new URL(location, from);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && from.protocol === 'http:');
  if (isSafe) return url;
  throw protocolError(subject, 'a redirect leaves HTTPS', url.protocol);
}

function headersOf(response: IncomingMessage): Record<string, string> {
  const single = Object.entries(response.headers).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(single.map(([name, value]) => [name, String(value)]));
}
