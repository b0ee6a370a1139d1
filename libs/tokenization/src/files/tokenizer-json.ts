import { malformed, shown } from '../errors.ts';
import { isObject, isTokenId, type JsonObject, parseObject } from './json-object.ts';
import { checkModelHazards, checkPartHazards } from './native-hazards.ts';
import { fileNames } from './tokenizer-files.ts';

/** One entry of `added_tokens`: a text that is found before the model sees it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** A checked `tokenizer.json`. */
export interface TokenizerJson {
  /** The whole, to be handed on. */
  readonly raw: JsonObject;
  readonly addedTokens: readonly AddedToken[];
  /** The token of each id of the model; holes are possible. */
  readonly modelTokens: readonly (string | undefined)[];
}

const file = fileNames.tokenizerJson;
const modelTypes = ['BPE', 'Unigram', 'WordPiece', 'WordLevel'];
const maxVocabulary = 2 ** 24;
const maxNesting = 32;

/** Where parts of this kind hold further parts. */
const partLists: Readonly<Record<string, string>> = {
  normalizer: 'normalizers',
  pre_tokenizer: 'pretokenizers',
  post_processor: 'processors',
  decoder: 'decoders',
};

function readAddedTokens(raw: JsonObject): readonly AddedToken[] {
  const list = raw['added_tokens'] ?? [];
  if (!Array.isArray(list)) throw malformed(file, 'added_tokens', `must be a list, not ${shown(list)}`);
  return list.map((entry: unknown, index) => {
    const field = `added_tokens[${index}]`;
    if (!isObject(entry)) throw malformed(file, field, `must be an object, not ${shown(entry)}`);
    const { id, content } = entry;
    if (!isTokenId(id)) throw malformed(file, `${field}.id`, `must be a token id, not ${shown(id)}`);
    if (id >= maxVocabulary)
      throw malformed(file, `${field}.id`, `must be below ${maxVocabulary}, not ${id}`);
    if (typeof content !== 'string') {
      throw malformed(file, `${field}.content`, `must be a text, not ${shown(content)}`);
    }
    const flag = (key: string): boolean => {
      const value = entry[key];
      if (typeof value === 'boolean') return value;
      throw malformed(file, `${field}.${key}`, `must be true or false, not ${shown(value)}`);
    };
    return {
      id,
      content,
      single_word: flag('single_word'),
      lstrip: flag('lstrip'),
      rstrip: flag('rstrip'),
      normalized: flag('normalized'),
      special: flag('special'),
    };
  });
}

function tokensOfRecord(vocabulary: JsonObject): (string | undefined)[] {
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of Object.entries(vocabulary)) {
    if (!isTokenId(id) || id >= maxVocabulary) {
      throw malformed(file, `model.vocab[${shown(token)}]`, `must be a token id, not ${shown(id)}`);
    }
    tokens[id] = token;
  }
  return tokens;
}

function tokensOfList(vocabulary: readonly unknown[]): string[] {
  return vocabulary.map((entry, index) => {
    if (Array.isArray(entry) && entry.length === 2) {
      const [token, score] = entry as unknown[];
      if (typeof token === 'string' && typeof score === 'number') return token;
    }
    throw malformed(file, `model.vocab[${index}]`, `must be a pair of token and score, not ${shown(entry)}`);
  });
}

function readModelTokens(model: JsonObject): readonly (string | undefined)[] {
  const { vocab } = model;
  const count = Array.isArray(vocab) ? vocab.length : isObject(vocab) ? Object.keys(vocab).length : -1;
  if (count < 0) throw malformed(file, 'model.vocab', `must be the vocabulary, not ${shown(vocab)}`);
  if (count > maxVocabulary) {
    throw malformed(file, 'model.vocab', `has ${count} tokens; at most ${maxVocabulary} are possible`);
  }
  return Array.isArray(vocab) ? tokensOfList(vocab) : tokensOfRecord(vocab as JsonObject);
}

function checkModel(model: unknown): JsonObject {
  if (!isObject(model)) throw malformed(file, 'model', `must be an object, not ${shown(model)}`);
  const { type, merges, dropout } = model;
  if (type !== undefined && !modelTypes.includes(String(type))) {
    throw malformed(file, 'model.type', `must be one of ${modelTypes.join(', ')}, not ${shown(type)}`);
  }
  if (merges !== undefined && !Array.isArray(merges)) {
    throw malformed(file, 'model.merges', `must be a list, not ${shown(merges)}`);
  }
  if (typeof dropout === 'number' && dropout > 0) {
    throw malformed(file, 'model.dropout', `is ${dropout}: the same text would give other tokens each time`);
  }
  checkModelHazards(model);
  return model;
}

function checkPart(part: unknown, field: string, listKey: string): void {
  if (field.split('.').length > maxNesting) throw malformed(file, field, 'is nested too deeply');
  if (!isObject(part) || typeof part['type'] !== 'string') {
    throw malformed(file, field, `must be an object with a type, not ${shown(part)}`);
  }
  const list = part[listKey];
  if (part['type'] === 'Sequence') {
    if (!Array.isArray(list))
      throw malformed(file, `${field}.${listKey}`, `must be a list, not ${shown(list)}`);
    for (const [index, item] of list.entries()) checkPart(item, `${field}.${listKey}[${index}]`, listKey);
  }
  checkPartHazards(part, field);
}

/**
 * Parses and checks the text of a `tokenizer.json`; what the native library checks itself is left to it.
 * Throws `TOKENIZER_MALFORMED` with the field.
 */
export function parseTokenizerJson(text: string): TokenizerJson {
  const raw = parseObject(file, text);
  const model = checkModel(raw['model']);
  for (const [part, listKey] of Object.entries(partLists)) {
    const value = raw[part];
    if (value !== undefined && value !== null) checkPart(value, part, listKey);
  }
  return { raw, addedTokens: readAddedTokens(raw), modelTokens: readModelTokens(model) };
}
