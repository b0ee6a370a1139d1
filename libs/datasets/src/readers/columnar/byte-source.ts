import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { asFileError } from '../../errors.ts';

/**
 * Bytes of a file by position. Reads block, which harms nobody in a thread of its own, and a plain descriptor is closed
 * by Node when the thread is ended from outside.
 */
export class ByteSource implements Disposable {
  readonly byteLength: number;
  readonly #descriptor: number;

  constructor(path: string) {
    try {
      this.#descriptor = openSync(path, 'r');
    } catch (error) {
      throw asFileError(error, path);
    }
    this.byteLength = fstatSync(this.#descriptor).size;
  }

  /**
   * Bytes [start, end) in a buffer of their own. The ranges that decoders ask for come from the file, so each is checked
   * before memory is taken: RangeError for one outside of the file.
   */
  read(start: number, end: number): Uint8Array<ArrayBuffer> {
    if (!(start >= 0 && end >= start && end <= this.byteLength)) {
      throw new RangeError(`it points to bytes ${start} to ${end}, but has ${this.byteLength}`);
    }
    const bytes = new Uint8Array(end - start);
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.#descriptor, bytes, done, bytes.length - done, start + done);
      if (count === 0) throw new RangeError('it became shorter while it was read');
      done += count;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
