/** Digests of files, read in pieces. */

import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fileError } from '../formats/file-errors.ts';

/** How a file is checked: large files of the hub by their sha256, small ones by the id that git gives their content. */
export interface Checksum {
  readonly algorithm: 'sha256' | 'git-sha1';
  readonly hex: string;
}

const pieceBytes = 1 << 20;

/** Digests content as it passes: always sha256, and git's id where that is what it is checked by. */
export class ContentHasher {
  readonly #sha256 = createHash('sha256');
  readonly #git: Hash | null;

  /** `gitSizeBytes`: the size of the whole content where git's id is wanted, which begins with it. */
  constructor(gitSizeBytes: number | null) {
    this.#git = gitSizeBytes === null ? null : createHash('sha1').update(`blob ${gitSizeBytes}\0`);
  }

  update(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#git?.update(bytes);
  }

  /** Ends the digests. */
  finish(): { readonly sha256: string; readonly gitSha1: string | null } {
    return { sha256: this.#sha256.digest('hex'), gitSha1: this.#git?.digest('hex') ?? null };
  }
}

/** Feeds the first `sizeBytes` of an open file to a hasher. */
export async function hashHandle(
  handle: FileHandle,
  hasher: ContentHasher,
  range: { readonly sizeBytes: number; readonly signal: AbortSignal },
): Promise<void> {
  const buffer = Buffer.allocUnsafe(pieceBytes);
  let position = 0;
  while (position < range.sizeBytes) {
    range.signal.throwIfAborted();
    const wanted = Math.min(pieceBytes, range.sizeBytes - position);
    const { bytesRead } = await handle.read(buffer, 0, wanted, position);
    if (bytesRead === 0) throw new Error(`file ends at byte ${position}, before ${range.sizeBytes}`);
    hasher.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** The sha256 of a file as it is now. Throws `FILE_NOT_FOUND` and the like. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    const handle = await open(path, 'r');
    try {
      const hasher = new ContentHasher(null);
      await hashHandle(handle, hasher, { sizeBytes: (await handle.stat()).size, signal });
      return hasher.finish().sha256;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(path, 'read', error);
  }
}
