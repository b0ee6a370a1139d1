/** A download that is not whole yet. */

import { type FileHandle, open } from 'node:fs/promises';
import { ContentHasher, hashHandle } from './content-hash.ts';

export class PartFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  #sizeBytes: number;

  private constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
  }

  /** Opens the part at `path`, keeping what it holds, or an empty one. */
  static async open(path: string): Promise<PartFile> {
    const handle = await open(path, 'a+');
    return new PartFile(handle, (await handle.stat()).size);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.byteLength) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.byteLength - written);
      written += bytesWritten;
      this.#sizeBytes += bytesWritten;
    }
  }

  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#sizeBytes = 0;
  }

  /** Flushes to the disk, then digests what lies there and not what was meant to. */
  async digests(signal: AbortSignal): Promise<{ readonly sha256: string; readonly gitSha1: string | null }> {
    await this.#handle.sync();
    const hasher = new ContentHasher(this.#sizeBytes);
    await hashHandle(this.#handle, hasher, { sizeBytes: this.#sizeBytes, signal });
    return hasher.finish();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
