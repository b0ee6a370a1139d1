import { WeftError } from '@weft/errors';

/** There is no build of the tokenizer library for this machine. */
export function libraryMissing(cause: unknown): WeftError {
  return new WeftError({
    code: 'TOKENIZER_LIBRARY_MISSING',
    kind: 'machine',
    message: `the tokenizer library cannot be loaded on ${process.platform} ${process.arch}`,
    remedy: 'Run `npm ci` again on this machine.',
    cause,
  });
}
