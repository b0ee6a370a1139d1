/** What the tests of this package share. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isWeftError, type WeftError } from '@weft/errors';

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** A folder that is removed after `use` has ended. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-datasets-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes one file and hands its path on. */
export function withFile<T>(
  name: string,
  content: string | Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return use(path);
  });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The WeftError that `run` must throw; it must be of kind `invalid` and tell what to do. */
export async function faultOf(run: () => unknown): Promise<WeftError> {
  try {
    await run();
  } catch (error) {
    assert.ok(isWeftError(error), `not a WeftError: ${String(error)}`);
    assert.equal(error.kind, 'invalid');
    assert.ok(error.remedy !== undefined && error.remedy.length > 10, error.message);
    return error;
  }
  throw new Error('nothing was thrown');
}
