/**
 * Steps through the header of a GGUF file by a window that is filled as needed. `need` makes bytes available; the
 * getters then take them without waiting, so that long arrays are read fast.
 */

import { isUtf8 } from 'node:buffer';
import { malformed } from '../file-errors.ts';
import type { RandomAccessFile } from '../random-access-file.ts';

export const ggufMalformed = 'GGUF_MALFORMED';

const windowBytes = 1 << 20;

/** No header known is near this; more would be read for nothing. */
const maxHeaderBytes = 1 << 29;

export class GgufCursor {
  readonly #file: RandomAccessFile;
  readonly #signal: AbortSignal;
  #window: Buffer<ArrayBuffer> = Buffer.alloc(0);
  /** Where the window starts in the file, and how much of it has been taken. */
  #start = 0;
  #taken = 0;

  constructor(file: RandomAccessFile, signal: AbortSignal) {
    this.#file = file;
    this.#signal = signal;
  }

  get path(): string {
    return this.#file.path;
  }

  /** Bytes of the file before the next one taken. */
  get position(): number {
    return this.#start + this.#taken;
  }

  get fileBytes(): number {
    return this.#file.sizeBytes;
  }

  get remaining(): number {
    return Math.min(this.#file.sizeBytes, maxHeaderBytes) - this.position;
  }

  /** Bytes that can be taken without `need`. */
  get available(): number {
    return this.#window.length - this.#taken;
  }

  /** Makes `bytes` available; throws `GGUF_MALFORMED` where the file, or the limit of a header, ends before. */
  async need(bytes: number, what: string): Promise<void> {
    if (bytes <= this.available) return;
    if (bytes > this.remaining) {
      throw malformed(
        ggufMalformed,
        `${this.path}: ${what} needs ${bytes} bytes, ${this.remaining} are left`,
        {
          field: what,
          value: bytes,
        },
      );
    }
    const position = this.position;
    const window = Buffer.alloc(Math.min(Math.max(bytes, windowBytes), this.#file.sizeBytes - position));
    await this.#file.readInto(window, position, this.#signal);
    this.#window = window;
    this.#start = position;
    this.#taken = 0;
  }

  takeU32(): number {
    const value = this.#window.readUInt32LE(this.#taken);
    this.#taken += 4;
    return value;
  }

  /** The number as it is; `Infinity` where it is too large to be told exactly, which no limit lets pass. */
  takeU64(): number {
    const value = this.peekU64();
    this.#taken += 8;
    return value;
  }

  peekU64(): number {
    const low = this.#window.readUInt32LE(this.#taken);
    const high = this.#window.readUInt32LE(this.#taken + 4);
    return high < 1 << 21 ? high * 2 ** 32 + low : Number.POSITIVE_INFINITY;
  }

  /** A copy that starts aligned. */
  takeBytes(length: number): Buffer<ArrayBuffer> {
    const copy = Buffer.alloc(length);
    this.#window.copy(copy, 0, this.#taken, this.#taken + length);
    this.#taken += length;
    return copy;
  }

  takeText(length: number): string {
    const end = this.#taken + length;
    const text = this.#window.toString('utf8', this.#taken, end);
    // Decoding puts this character for what is no UTF-8, so only texts that hold it need a second look.
    if (text.includes('\ufffd') && !isUtf8(this.#window.subarray(this.#taken, end))) {
      throw malformed(ggufMalformed, `${this.path}: the text at byte ${this.position} is no UTF-8`);
    }
    this.#taken = end;
    return text;
  }
}
