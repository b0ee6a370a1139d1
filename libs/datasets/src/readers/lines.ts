import { datasetError } from '../errors.ts';
import { readChunks } from './chunks.ts';
import { longestRowBytes } from './row-source.ts';
import { byteOrderMark, decodeUtf8 } from './utf8.ts';

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without the line feed; a carriage return before it is kept. */
  readonly text: string;
  /** False for a last line without a line feed. */
  readonly isTerminated: boolean;
}

export interface LineOptions {
  readonly signal?: AbortSignal | undefined;
  readonly maxLineBytes?: number | undefined;
}

const lineFeed = 0x0a;

function tooLong(path: string, line: number, limit: number): Error {
  return datasetError({
    code: 'DATASET_ROW_TOO_LONG',
    message: `${path}:${line} is longer than ${limit} bytes`,
    field: `${path}:${line}`,
    remedy: 'Check that the file has one row a line, and shorten or split that row.',
  });
}

/**
 * The lines of a UTF-8 file, a byte-order mark dropped. Splitting happens on bytes, before decoding, so that memory
 * stays below one chunk and one line and an invalid byte is reported with its line.
 */
export async function* readLines(path: string, options: LineOptions = {}): AsyncGenerator<Line, void, void> {
  const limit = options.maxLineBytes ?? longestRowBytes;
  let number = 1;
  let held: Buffer[] = [];
  let heldBytes = 0;

  const finish = (end: Buffer, isTerminated: boolean): Line => {
    if (heldBytes + end.length > limit) throw tooLong(path, number, limit);
    const bytes = heldBytes === 0 ? end : Buffer.concat([...held, end]);
    const text = decodeUtf8(bytes, `${path}:${number}`);
    held = [];
    heldBytes = 0;
    const isMarked = number === 1 && text.startsWith(byteOrderMark);
    return { number: number++, text: isMarked ? text.slice(1) : text, isTerminated };
  };

  for await (const chunk of readChunks(path, options.signal)) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      yield finish(chunk.subarray(start, end), true);
      start = end + 1;
    }
    if (start === chunk.length) continue;
    held.push(Buffer.from(chunk.subarray(start)));
    heldBytes += chunk.length - start;
    if (heldBytes > limit) throw tooLong(path, number, limit);
  }
  if (heldBytes > 0) yield finish(Buffer.alloc(0), false);
}
