import { datasetError } from '../errors.ts';

/** Fatal, because a replacement character in training data is a silent change; the mark is stripped by the caller. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes bytes that stand at `place`; throws WeftError where they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, place: string): string {
  try {
    return strictUtf8.decode(bytes);
  } catch (error) {
    throw datasetError({
      code: 'DATASET_BAD_ENCODING',
      message: `${place} is not valid UTF-8`,
      field: place,
      remedy: 'Save the file as UTF-8.',
      cause: error,
    });
  }
}

/** The byte-order mark that some editors put before the first character. */
export const byteOrderMark = '\uFEFF';
