import { WeftError, type WeftErrorDetails } from '@weft/errors';

/** Bad input of a user: a file, a field in it, a text or an id. */
export function invalid(details: Omit<WeftErrorDetails, 'kind'>): WeftError {
  return new WeftError({ kind: 'invalid', ...details });
}

/** A value for a message, cut where it is long. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value));
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

const badFileRemedy = 'Take the file again from where the model comes from.';

/** A field of a tokenizer's file that is not what it must be. */
export function malformed(file: string, field: string, fault: string): WeftError {
  return invalid({
    code: 'TOKENIZER_MALFORMED',
    message: `${file}: ${field} ${fault}`,
    field: `${file}: ${field}`,
    remedy: badFileRemedy,
  });
}
