/** A regular file opened for reads at given places, with its size known, so that every read can be checked before. */

import { constants, type FileHandle, open } from 'node:fs/promises';
import { WeftError } from '@weft/errors';
import { fileError } from './file-errors.ts';

export class RandomAccessFile implements AsyncDisposable {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;

  private constructor(path: string, sizeBytes: number, handle: FileHandle) {
    this.path = path;
    this.sizeBytes = sizeBytes;
    this.#handle = handle;
  }

  /** Throws `FILE_NOT_FOUND`, `FILE_FORBIDDEN`, `FILE_NOT_REGULAR` or `FILE_FAILED`. */
  static async open(path: string): Promise<RandomAccessFile> {
    try {
      // Not blocking, because opening a named pipe would otherwise wait for a writer.
      const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const stats = await handle.stat();
        if (!stats.isFile()) throw notRegular(path);
        return new RandomAccessFile(path, stats.size, handle);
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      throw fileError(path, 'read', error);
    }
  }

  /** Fills all of `target` from `offsetBytes` on; throws `FILE_TRUNCATED` where the file ends before. */
  async readInto(target: Uint8Array, offsetBytes: number, signal: AbortSignal): Promise<void> {
    let filled = 0;
    while (filled < target.byteLength) {
      signal.throwIfAborted();
      const count = await this.#readSome(target, filled, offsetBytes + filled);
      if (count === 0) throw this.#truncated(offsetBytes + target.byteLength);
      filled += count;
    }
  }

  async #readSome(target: Uint8Array, filled: number, position: number): Promise<number> {
    try {
      // The system reads at most 2 GiB at once.
      const length = Math.min(target.byteLength - filled, 1 << 30);
      return (await this.#handle.read(target, filled, length, position)).bytesRead;
    } catch (error) {
      throw fileError(this.path, 'read', error);
    }
  }

  #truncated(neededBytes: number): WeftError {
    return new WeftError({
      code: 'FILE_TRUNCATED',
      kind: 'invalid',
      message: `${this.path} ends before byte ${neededBytes}`,
      field: this.path,
      value: this.sizeBytes,
      remedy: 'Download or copy the file again.',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

function notRegular(path: string): WeftError {
  return new WeftError({
    code: 'FILE_NOT_REGULAR',
    kind: 'invalid',
    message: `${path} is not a regular file`,
    field: path,
    remedy: 'Name the file itself.',
  });
}
