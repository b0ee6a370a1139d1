/** Fetches one file of the hub: goes on where it was cut, and puts it in place only once its checksum is right. */

import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isWeftError, WeftError } from '@weft/errors';
import { cacheError } from './cache-error.ts';
import type { Checksum } from './content-hash.ts';
import type { HubClient } from './hub-client.ts';
import type { RemoteFile } from './hub-repository.ts';
import { cut, type ExpectedFile, expectFile, readPieces } from './hub-transfer.ts';
import { PartFile } from './part-file.ts';
import { pause } from './pause.ts';
import type { SourceProgress } from './types.ts';

export interface HubDownload {
  readonly client: HubClient;
  /** `owner/name`. */
  readonly repository: string;
  readonly commit: string;
  readonly file: RemoteFile;
  readonly maxBytes: number;
  readonly partsFolder: string;
  readonly filesFolder: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SourceProgress) => void;
}

export interface DownloadedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A server that cuts after every byte is no download. */
const maxTries = 1000;
const passing = new Set(['HUB_UNREACHABLE', 'HUB_SERVER_ERROR', 'HUB_RATE_LIMITED']);

/**
 * Throws `HUB_CHECKSUM_MISMATCH`, `HUB_DOWNLOAD_CUT` (what came is kept, the next call goes on from there), other
 * `HUB_…` errors, an error of the cache, or the signal's reason.
 */
export async function downloadFile(download: HubDownload): Promise<DownloadedFile> {
  const { file } = download;
  const finished = await findFinished(download);
  if (finished !== null) return finished;
  const path = join(download.partsFolder, partName(file));
  // Without a checksum from the listing nothing tells whether an old part is of the same file.
  if (file.checksum === null) await rm(path, { force: true });
  try {
    for (;;) {
      const result = await fetchOnce(download, path);
      if (result !== null) return result;
    }
  } catch (error) {
    throw cacheError(path, error);
  }
}

/** What an earlier, interrupted run has put in place; null where that is not the file that is wanted now. */
async function findFinished({ file, filesFolder, signal }: HubDownload): Promise<DownloadedFile | null> {
  const path = join(filesFolder, file.name);
  if (file.checksum === null || !(await exists(path))) return null;
  await using whole = await PartFile.open(path);
  const { sha256, gitSha1 } = await whole.digests(signal);
  const isWanted = file.checksum.hex === (file.checksum.algorithm === 'sha256' ? sha256 : gitSha1);
  return isWanted ? { name: file.name, sizeBytes: whole.sizeBytes, sha256 } : null;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** Null where an old part turned out to be spoilt: it is gone, so the next try starts at the first byte. */
async function fetchOnce(download: HubDownload, path: string): Promise<DownloadedFile | null> {
  const { file } = download;
  await using part = await PartFile.open(path);
  const wasResumed = part.sizeBytes > 0;
  const { sizeBytes, checksum } = await fetchAll(download, part).catch(async (error: unknown) => {
    if (part.sizeBytes === 0) await rm(path, { force: true });
    throw error;
  });
  const { sha256, gitSha1 } = await part.digests(download.signal);
  const actual = checksum.algorithm === 'sha256' ? sha256 : gitSha1;
  if (actual === checksum.hex) {
    await rename(path, join(download.filesFolder, file.name));
    return { name: file.name, sizeBytes, sha256 };
  }
  await rm(path, { force: true });
  if (wasResumed) return null;
  throw mismatch(download, checksum, actual);
}

async function fetchAll(download: HubDownload, part: PartFile): Promise<ExpectedFile> {
  const { retryDelaysMs } = download.client.timing;
  const start = part.sizeBytes;
  // A server without ranges starts anew each time: only what was never reached before is progress.
  let reached = start;
  let failures = 0;
  for (let tries = 1; ; tries += 1) {
    try {
      return await fetchRest(download, part);
    } catch (error) {
      failures = part.sizeBytes > reached ? 0 : failures + 1;
      reached = Math.max(reached, part.sizeBytes);
      if (!isPassing(error, reached > start)) throw error;
      const delayMs = retryDelaysMs[Math.max(failures - 1, 0)];
      if (delayMs === undefined || failures > retryDelaysMs.length || tries >= maxTries) throw error;
      await pause(delayMs, download.signal);
    }
  }
}

/** A hub that fails from the first byte on is out of reach, which the caller may have another answer to. */
function isPassing(error: unknown, hasGrown: boolean): boolean {
  if (!isWeftError(error)) return false;
  return error.code === 'HUB_DOWNLOAD_CUT' || (hasGrown && passing.has(error.code));
}

async function fetchRest(download: HubDownload, part: PartFile): Promise<ExpectedFile> {
  const { client, file, signal } = download;
  if (file.checksum !== null && part.sizeBytes === file.sizeBytes) {
    return { sizeBytes: part.sizeBytes, checksum: file.checksum };
  }
  const subject = `${download.repository} ${file.name}`;
  const path = `${download.repository}/resolve/${download.commit}/${encodeURIComponent(file.name)}`;
  const answer = await client.ask(path, { subject, signal, from: part.sizeBytes });
  const { response } = answer;
  try {
    const expected = expectFile(answer, { file, subject, from: part.sizeBytes, maxBytes: download.maxBytes });
    if (expected === null || response.statusCode === 200) await part.restart();
    if (expected === null) throw cut(subject, 'the hub has no such rest');
    await readPieces(response, part, { ...download, expected, subject });
    return expected;
  } finally {
    response.destroy();
  }
}

function partName({ name, checksum }: RemoteFile): string {
  return checksum === null ? `${name}.part` : `${name}.${checksum.hex.slice(0, 16)}.part`;
}

function mismatch({ repository, file }: HubDownload, expected: Checksum, actual: string | null): WeftError {
  return new WeftError({
    code: 'HUB_CHECKSUM_MISMATCH',
    kind: 'machine',
    message: `${file.name} of ${repository} came damaged: its ${expected.algorithm} is ${actual}, not ${expected.hex}`,
    field: file.name,
    value: actual,
    remedy: 'Try again; if it stays, the hub, its mirror or something on the way changes the file.',
  });
}
