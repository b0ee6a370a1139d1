import type { WeftError } from '@weft/errors';
import { invalid, shown } from '../errors.ts';

/** The metadata of a GGUF file: strings, numbers, booleans, and arrays or typed arrays of them, by key. */
export type GgufTokenizerMetadata = ReadonlyMap<string, unknown>;

/** What `tokenizer.ggml.token_type` says of a token. */
export const tokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface GgufVocabulary {
  readonly path: string;
  readonly model: string;
  readonly tokens: readonly string[];
  /** [tokens], or null where the file has none. */
  readonly scores: ArrayLike<number> | null;
  /** [tokens]; all normal where the file has none. */
  readonly types: ArrayLike<number>;
  readonly merges: readonly string[] | null;
}

const maxTokens = 2 ** 24;

export function ggufFault(path: string, key: string, fault: string): WeftError {
  return invalid({
    code: 'TOKENIZER_GGUF_MALFORMED',
    message: `${path}: ${key} ${fault}`,
    field: key,
    remedy: 'Take the file again, or convert the model with a current converter.',
  });
}

function optionalTexts(metadata: GgufTokenizerMetadata, key: string, path: string): readonly string[] | null {
  const value = metadata.get(key);
  if (value === undefined) return null;
  if (Array.isArray(value) && value.length <= maxTokens && value.every((item) => typeof item === 'string'))
    return value;
  throw ggufFault(path, key, `must be a list of texts, not ${shown(value)}`);
}

/** Numbers, one for each token. */
function optionalNumbers(
  metadata: GgufTokenizerMetadata,
  key: string,
  place: { path: string; count: number },
) {
  const value = metadata.get(key);
  if (value === undefined) return null;
  const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  if (!isList) throw ggufFault(place.path, key, `must be a list of numbers, not ${shown(value)}`);
  const list = Array.from(value as ArrayLike<unknown>, Number);
  if (list.length !== place.count) {
    throw ggufFault(place.path, key, `has ${list.length} entries for ${place.count} tokens`);
  }
  if (list.some(Number.isNaN)) throw ggufFault(place.path, key, 'has entries that are no numbers');
  return list;
}

export function ggufText(metadata: GgufTokenizerMetadata, key: string, path: string): string | null {
  const value = metadata.get(key);
  if (value === undefined || typeof value === 'string') return value ?? null;
  throw ggufFault(path, key, `must be a text, not ${shown(value)}`);
}

export function ggufBoolean(metadata: GgufTokenizerMetadata, key: string, path: string): boolean | null {
  const value = metadata.get(key);
  if (value === undefined || typeof value === 'boolean') return value ?? null;
  throw ggufFault(path, key, `must be true or false, not ${shown(value)}`);
}

/** An id that the file names for a role, or null. Throws where it is no id of the vocabulary. */
export function ggufTokenId(
  metadata: GgufTokenizerMetadata,
  key: string,
  { path, tokens }: Pick<GgufVocabulary, 'path' | 'tokens'>,
): number | null {
  const value = metadata.get(key);
  if (value === undefined) return null;
  const id = typeof value === 'bigint' ? Number(value) : value;
  // Some converters write 2^32 - 1 for a token that the model does not have.
  if (id === 2 ** 32 - 1 || id === -1) return null;
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < tokens.length) return id;
  throw ggufFault(path, key, `must be an id below ${tokens.length}, not ${shown(String(value))}`);
}

export function readGgufVocabulary(metadata: GgufTokenizerMetadata, path: string): GgufVocabulary {
  const model = ggufText(metadata, 'tokenizer.ggml.model', path);
  if (model === null) throw ggufFault(path, 'tokenizer.ggml.model', 'is missing: the file has no tokenizer');
  const tokens = optionalTexts(metadata, 'tokenizer.ggml.tokens', path);
  if (tokens === null || tokens.length === 0) throw ggufFault(path, 'tokenizer.ggml.tokens', 'is missing');
  const place = { path, count: tokens.length };
  return {
    path,
    model,
    tokens,
    scores: optionalNumbers(metadata, 'tokenizer.ggml.scores', place),
    types:
      optionalNumbers(metadata, 'tokenizer.ggml.token_type', place) ?? tokens.map(() => tokenType.normal),
    merges: optionalTexts(metadata, 'tokenizer.ggml.merges', path),
  };
}
