/** Small JSON files of a model folder (`config.json` and the like), read with a limit. */

import { malformed, shorten } from './file-errors.ts';
import { RandomAccessFile } from './random-access-file.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

const maxBytes = 64 << 20;

/** Throws `JSON_MALFORMED` where the file holds no JSON object or more than 64 MiB, or an error of the file. */
export async function readJsonObject(path: string, signal: AbortSignal): Promise<JsonObject> {
  await using file = await RandomAccessFile.open(path);
  if (file.sizeBytes > maxBytes) {
    throw malformed('JSON_MALFORMED', `${path} has more than ${maxBytes} bytes`, {
      field: path,
      value: file.sizeBytes,
    });
  }
  const bytes = Buffer.alloc(file.sizeBytes);
  await file.readInto(bytes, 0, signal);
  const value = parse(bytes, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('JSON_MALFORMED', `${path} holds no JSON object`, { field: path });
  }
  return value as JsonObject;
}

function parse(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw malformed('JSON_MALFORMED', `${path} is no JSON: ${shorten(reason)}`, { field: path, cause });
  }
}
