/** sha256 of files, kept by path, size and time, since the same weights are named again and again. */

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../formats/file-errors.ts';
import { cachePaths } from './cache-paths.ts';
import { hashFile } from './content-hash.ts';
import { readRecord, writeRecord } from './small-json.ts';
import type { CacheOptions } from './types.ts';

export interface FileDigest {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A file changed this shortly before may change again without its time telling. */
const settledAfterMs = 2000;

/**
 * The digest of the file at an absolute path, from the cache where size and time (ns) are as they were. A cache that
 * cannot be written is no error here. Throws `FILE_NOT_FOUND` and the like.
 */
export async function fileDigest(path: string, options: CacheOptions): Promise<FileDigest> {
  const state = await stateOf(path);
  const known = await readRecord(recordPath(path, options.home));
  const isKnown =
    known?.['path'] === path && known['sizeBytes'] === state.sizeBytes && known['time'] === state.time;
  if (isKnown && typeof known['sha256'] === 'string') {
    return { sizeBytes: state.sizeBytes, sha256: known['sha256'] };
  }
  const now = (options.now ?? Date.now)();
  const sha256 = await hashFile(path, options.signal);
  if (now - state.timeMs > settledAfterMs) await remember(path, sha256, { ...state, home: options.home });
  return { sizeBytes: state.sizeBytes, sha256 };
}

/** Notes the digest of a file that was just written and verified. */
export async function rememberDigest(path: string, sha256: string, home: string): Promise<void> {
  await remember(path, sha256, { ...(await stateOf(path)), home });
}

interface FileState {
  readonly sizeBytes: number;
  /** Of the last change, ns since 1970; decimal, since JSON has no 64-bit integers. */
  readonly time: string;
  readonly timeMs: number;
}

async function stateOf(path: string): Promise<FileState> {
  try {
    const { size, mtimeNs, mtimeMs } = await stat(path, { bigint: true });
    return { sizeBytes: Number(size), time: String(mtimeNs), timeMs: Number(mtimeMs) };
  } catch (error) {
    throw fileError(path, 'read', error);
  }
}

async function remember(path: string, sha256: string, state: FileState & { readonly home: string }) {
  const record = { path, sizeBytes: state.sizeBytes, time: state.time, sha256 };
  try {
    await writeRecord(recordPath(path, state.home), record);
  } catch {
    // Only speed is lost: the digest is computed again next time.
  }
}

function recordPath(path: string, home: string): string {
  return join(cachePaths(home).digests, `${createHash('sha256').update(path).digest('hex')}.json`);
}
