import { invalid, malformed, shown } from '../errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses the text of `file`, which must hold a JSON object. Throws `TOKENIZER_MALFORMED`. */
export function parseObject(file: string, text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid({
      code: 'TOKENIZER_MALFORMED',
      message: `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      field: file,
      remedy: 'Take the file again: it may be cut short.',
      cause: error,
    });
  }
  if (isObject(value)) return value;
  throw malformed(file, 'the whole', `must be an object, not ${shown(value)}`);
}

/** A look at one field: absent and null are undefined, another type than `type` is an error. */
export function optionalBoolean(file: string, object: JsonObject, key: string): boolean | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value;
  throw malformed(file, key, `must be true or false, not ${shown(value)}`);
}

/** A token id: a whole number below 2^31. */
export function isTokenId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}
