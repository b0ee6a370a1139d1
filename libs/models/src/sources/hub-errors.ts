/** What the hub's refusals mean and what to do about them. */

import { type ErrorKind, WeftError } from '@weft/errors';

/** What was asked for, in words: `HuggingFaceTB/SmolLM2-135M-Instruct` or `… config.json`. */
export interface HubRequest {
  readonly subject: string;
  readonly endpoint: URL;
  readonly hasToken: boolean;
}

interface Refusal {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly what: string;
  readonly remedy: string;
}

/** `hubCode` is the answer's `X-Error-Code`, e.g. `GatedRepo`. */
export function statusError(request: HubRequest, status: number, hubCode: string | null): WeftError {
  const refusal = refusalOf(request, status, hubCode);
  return new WeftError({
    code: refusal.code,
    kind: refusal.kind,
    message: `${request.endpoint.host} ${refusal.what} ${request.subject} (HTTP ${status})`,
    field: '--model',
    value: request.subject,
    remedy: refusal.remedy,
  });
}

function refusalOf(request: HubRequest, status: number, hubCode: string | null): Refusal {
  if (hubCode === 'GatedRepo') return gated(request);
  if (status === 401) return unauthorised(request);
  if (status === 403) return { ...gated(request), code: 'HUB_FORBIDDEN' };
  if (status === 404) return notFound(hubCode);
  if (status === 429) {
    return {
      code: 'HUB_RATE_LIMITED',
      kind: 'machine',
      what: 'limits how often it sends',
      remedy: 'Try again in some minutes; with HF_TOKEN set the limit is higher.',
    };
  }
  return {
    code: 'HUB_SERVER_ERROR',
    kind: 'machine',
    what: 'failed to send',
    remedy: 'Try again later, or set HF_ENDPOINT to a mirror.',
  };
}

function gated({ endpoint, subject, hasToken }: HubRequest): Refusal {
  const page = `${endpoint.origin}/${subject.split(' ')[0]}`;
  return {
    code: 'HUB_GATED',
    kind: 'invalid',
    what: 'does not let you have',
    remedy: hasToken
      ? `Accept its conditions at ${page} with the account of HF_TOKEN.`
      : `Accept its conditions at ${page} and set HF_TOKEN to a token of that account.`,
  };
}

/** The hub also answers 401 for what does not exist, so that private names do not leak. */
function unauthorised({ hasToken }: HubRequest): Refusal {
  return {
    code: 'HUB_UNAUTHORIZED',
    kind: 'invalid',
    what: 'wants to know who asks for',
    remedy: hasToken
      ? 'Check the name and that HF_TOKEN is valid and may read it.'
      : 'Check the name; where it is private or gated, set HF_TOKEN.',
  };
}

function notFound(hubCode: string | null): Refusal {
  const isRevision = hubCode === 'RevisionNotFound';
  return {
    code: 'HUB_NOT_FOUND',
    kind: 'invalid',
    what: isRevision ? 'has no such revision of' : 'has no',
    remedy: isRevision ? 'Check what follows @ in the name.' : 'Check the name: hf://owner/name[@revision].',
  };
}

/** No answer at all: not connected, no TLS, or silence. Never holds more of an address than its host. */
export function unreachable(host: string, reason: string, cause?: unknown): WeftError {
  return new WeftError({
    code: 'HUB_UNREACHABLE',
    kind: 'machine',
    message: `${host} cannot be reached: ${reason}`,
    field: 'HF_ENDPOINT',
    value: host,
    remedy: 'Check the network and its proxy, or set HF_ENDPOINT to a mirror.',
    cause,
  });
}

export function offline(subject: string): WeftError {
  return new WeftError({
    code: 'HUB_OFFLINE',
    kind: 'invalid',
    message: `${subject} is not in the cache, and HF_HUB_OFFLINE forbids to fetch it`,
    field: 'HF_HUB_OFFLINE',
    value: subject,
    remedy: 'Unset HF_HUB_OFFLINE, or name a model that is in the cache or a local path.',
  });
}

/** The answer is not what the hub's protocol promises. */
export function protocolError(subject: string, what: string, value?: string | number | null): WeftError {
  return new WeftError({
    code: 'HUB_BAD_ANSWER',
    kind: 'machine',
    message: `The hub's answer for ${subject} cannot be used: ${what}`,
    field: 'HF_ENDPOINT',
    value,
    remedy: 'Try again; if it stays, the hub or the mirror in HF_ENDPOINT is at fault.',
  });
}
