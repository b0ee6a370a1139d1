/** One answer with a file's bytes, or the rest of them: checks what it says of itself, then reads it. */

import type { IncomingMessage } from 'node:http';
import { WeftError } from '@weft/errors';
import type { Checksum } from './content-hash.ts';
import type { HubAnswer } from './hub-client.ts';
import { protocolError } from './hub-errors.ts';
import { parseChecksum, type RemoteFile } from './hub-repository.ts';
import type { PartFile } from './part-file.ts';
import type { SourceProgress } from './types.ts';

export interface ExpectedFile {
  readonly sizeBytes: number;
  readonly checksum: Checksum;
}

export interface Expectation {
  readonly file: RemoteFile;
  readonly subject: string;
  /** The first byte that was asked for. */
  readonly from: number;
  readonly maxBytes: number;
}

/**
 * What the file must turn out to be, from its listing and the answer's headers, which must agree. Null where the
 * server refuses the range (416). Throws `HUB_BAD_ANSWER`.
 */
export function expectFile(answer: HubAnswer, expectation: Expectation): ExpectedFile | null {
  const { file, subject, maxBytes } = expectation;
  if (answer.response.statusCode === 416) return null;
  const sizeBytes = agree(subject, 'size', [
    file.sizeBytes,
    wholeNumber(answer.hubHeaders['x-linked-size']),
    totalOf(answer.response, expectation),
  ]);
  const told = checksumOf(answer);
  const checksum = file.checksum ?? told;
  if (sizeBytes === null) throw protocolError(subject, 'it does not tell the size');
  if (checksum === null) throw protocolError(subject, 'it tells no checksum');
  if (sizeBytes > maxBytes) throw protocolError(subject, `it is larger than ${maxBytes} bytes`, sizeBytes);
  if (told?.algorithm === checksum.algorithm && told.hex !== checksum.hex) {
    throw protocolError(subject, `its ETag is not ${checksum.hex}`, told.hex);
  }
  return { sizeBytes, checksum };
}

/** `X-Linked-Etag` is a large file's sha256, `ETag` a small one's git id; another server's ETag tells nothing. */
function checksumOf({ hubHeaders }: HubAnswer): Checksum | null {
  const tag = hubHeaders['x-linked-etag'] ?? hubHeaders['etag'];
  return parseChecksum(tag?.replace(/^W\//, '').replaceAll('"', ''));
}

function totalOf(response: IncomingMessage, { from, subject }: Expectation): number | null {
  if (response.statusCode !== 206) return wholeNumber(response.headers['content-length']);
  const range = response.headers['content-range'] ?? '';
  const parts = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range);
  const [first, last, total] = (parts ?? []).slice(1).map(Number);
  if (first === from && total !== undefined && last === total - 1) return total;
  throw protocolError(subject, `it is not the range from byte ${from}`, range);
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function agree(subject: string, what: string, told: readonly (number | null)[]): number | null {
  const values = new Set(told.filter((value) => value !== null));
  if (values.size > 1) throw protocolError(subject, `its ${what} is told as ${[...values].join(' and as ')}`);
  return [...values][0] ?? null;
}

export interface ReadOptions {
  readonly expected: ExpectedFile;
  readonly file: RemoteFile;
  readonly subject: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SourceProgress) => void;
}

const tellEveryBytes = 1 << 20;

/**
 * Appends the body to the part. Throws `HUB_DOWNLOAD_CUT` where it ends early, `HUB_BAD_ANSWER` where it is too long,
 * an error of the file, or the signal's reason.
 */
export async function readPieces(
  response: IncomingMessage,
  part: PartFile,
  options: ReadOptions,
): Promise<void> {
  const totalBytes = options.expected.sizeBytes;
  const tell = () =>
    options.onProgress({
      event: 'download',
      file: options.file.name,
      receivedBytes: part.sizeBytes,
      totalBytes,
    });
  let told = part.sizeBytes;
  tell();
  for await (const piece of pieces(response, options)) {
    if (part.sizeBytes + piece.byteLength > totalBytes) {
      throw protocolError(options.subject, `it has more than ${totalBytes} bytes`);
    }
    await part.append(piece);
    if (part.sizeBytes - told < tellEveryBytes) continue;
    told = part.sizeBytes;
    tell();
  }
  if (part.sizeBytes < totalBytes) {
    throw cut(options.subject, `after ${part.sizeBytes} of ${totalBytes} bytes`);
  }
  tell();
}

/** The body's pieces; a fault of the connection becomes a cut, apart from faults of whoever takes the pieces. */
async function* pieces(response: IncomingMessage, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const iterator = response[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await iterator.next();
    } catch (error) {
      options.signal.throwIfAborted();
      throw cut(options.subject, error instanceof Error ? error.message : String(error), error);
    }
    if (next.done === true) return;
    yield next.value;
  }
}

export function cut(subject: string, reason: string, cause?: unknown): WeftError {
  return new WeftError({
    code: 'HUB_DOWNLOAD_CUT',
    kind: 'machine',
    message: `The download of ${subject} was cut: ${reason}`,
    field: subject,
    remedy: 'Run it again: it goes on from where it was cut.',
    cause,
  });
}
