/** How the hub is reached, from the environment variables that Hugging Face's own client has. */

import { WeftError } from '@weft/errors';
import type { Environment } from './types.ts';

export interface HubSettings {
  readonly endpoint: URL;
  /** A secret: goes into one header and nowhere else. */
  readonly token: string | null;
  readonly isOffline: boolean;
}

const publicHub = 'https://huggingface.co';
const yes = new Set(['1', 'ON', 'YES', 'TRUE']);

/** Reads `HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE`. Throws `HUB_ENDPOINT_INVALID` or `HUB_TOKEN_INVALID`. */
export function hubSettings(environment: Environment): HubSettings {
  return {
    endpoint: endpointOf(environment['HF_ENDPOINT']?.trim() || publicHub),
    token: tokenOf(environment['HF_TOKEN']?.trim() ?? ''),
    isOffline: yes.has((environment['HF_HUB_OFFLINE'] ?? '').trim().toUpperCase()),
  };
}

function endpointOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '';
  if (isPlain && /^https?:$/.test(url.protocol)) return url;
  throw new WeftError({
    code: 'HUB_ENDPOINT_INVALID',
    kind: 'invalid',
    message: 'HF_ENDPOINT is not a plain http or https address',
    field: 'HF_ENDPOINT',
    value: url === null ? text : `${url.protocol}//${url.host}${url.pathname}`,
    remedy: `Set it to an address such as ${publicHub}, or unset it; a token belongs into HF_TOKEN.`,
  });
}

function tokenOf(text: string): string | null {
  if (text === '') return null;
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new WeftError({
    code: 'HUB_TOKEN_INVALID',
    kind: 'invalid',
    message: 'HF_TOKEN holds characters that no token has',
    field: 'HF_TOKEN',
    remedy: 'Set it to the token as the hub shows it, without quotes or spaces.',
  });
}
