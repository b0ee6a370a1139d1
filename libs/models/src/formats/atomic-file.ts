/** Files that are there whole or not at all: written beside their place, flushed to disk, then renamed. */

import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from './file-errors.ts';

const bufferBytes = 1 << 20;

/** Takes bytes in order; small pieces are gathered, large ones pass through. */
export class FileSink {
  readonly #handle: FileHandle;
  readonly #buffer = Buffer.allocUnsafe(bufferBytes);
  #filled = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** The bytes may be used again once this resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#filled + bytes.byteLength > bufferBytes) await this.flush();
    if (bytes.byteLength >= bufferBytes) {
      await this.#writeAll(bytes);
    } else {
      this.#buffer.set(bytes, this.#filled);
      this.#filled += bytes.byteLength;
    }
  }

  async flush(): Promise<void> {
    const filled = this.#filled;
    this.#filled = 0;
    await this.#writeAll(this.#buffer.subarray(0, filled));
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.byteLength) {
      written += (await this.#handle.write(bytes, written, bytes.byteLength - written)).bytesWritten;
    }
  }
}

/**
 * Calls `fill` with a sink and puts what it wrote at `path`, replacing a file that is there. Where `fill` or the disk
 * fails, nothing is left behind. Throws `DISK_FULL`, `FILE_FORBIDDEN`, `FILE_NOT_FOUND` (no such folder) or
 * `FILE_FAILED`, or what `fill` throws.
 */
export async function writeFileAtomically(
  path: string,
  fill: (sink: FileSink) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeAndSync(temporary, fill);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError(path, 'written', error);
  }
}

async function writeAndSync(path: string, fill: (sink: FileSink) => Promise<void>): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    const sink = new FileSink(handle);
    await fill(sink);
    await sink.flush();
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the rename itself last. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
