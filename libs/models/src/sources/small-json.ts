/** The small records of the cache. */

import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '../formats/atomic-file.ts';
import { inCache } from './cache-error.ts';

export type JsonRecord = Readonly<Record<string, unknown>>;

const maxBytes = 4 << 20;

/** Null where there is no file, or none that holds an object: a record of the cache can always be made again. */
export async function readRecord(path: string): Promise<JsonRecord | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return null;
  }
  return text.length > maxBytes ? null : parseRecord(text);
}

/** Null where the text is no JSON object. */
export function parseRecord(text: string): JsonRecord | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export async function writeRecord(path: string, record: JsonRecord): Promise<void> {
  await inCache(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    const bytes = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
    await writeFileAtomically(path, (sink) => sink.write(bytes));
  });
}
