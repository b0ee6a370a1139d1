import { malformed, shown } from '../errors.ts';
import { isObject, type JsonObject, optionalBoolean, parseObject } from './json-object.ts';
import { fileNames, type TokenizerFiles } from './tokenizer-files.ts';
import type { AddedToken } from './tokenizer-json.ts';

/** The roles of special tokens in the order in which transformers adds missing ones. */
export const specialRoles = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;

export type SpecialRole = (typeof specialRoles)[number];

/** A token as a configuration declares it; its id is settled when it is added. */
export interface DeclaredToken extends Omit<AddedToken, 'id'> {
  /** Whether the configuration says how it is matched; a mere text leaves that to `tokenizer.json`. */
  readonly hasFlags: boolean;
}

export interface TokenizerSettings {
  readonly special: ReadonlyMap<SpecialRole, DeclaredToken>;
  /** Further special tokens, and those of `added_tokens_decoder`, in the order to add them. */
  readonly declared: readonly DeclaredToken[];
  /** Undefined where the configuration leaves it to the post-processor of `tokenizer.json`. */
  readonly addBos: boolean | undefined;
  readonly addEos: boolean | undefined;
}

const file = fileNames.tokenizerConfig;

function declaredToken(value: unknown, field: string, isSpecial: boolean): DeclaredToken {
  if (typeof value === 'string') {
    const flags = { single_word: false, lstrip: false, rstrip: false };
    return { content: value, ...flags, normalized: !isSpecial, special: isSpecial, hasFlags: false };
  }
  if (!isObject(value) || typeof value['content'] !== 'string') {
    throw malformed(file, field, `must be a token, not ${shown(value)}`);
  }
  const special = optionalBoolean(file, value, 'special') ?? isSpecial;
  return {
    content: value['content'],
    single_word: optionalBoolean(file, value, 'single_word') ?? false,
    lstrip: optionalBoolean(file, value, 'lstrip') ?? false,
    rstrip: optionalBoolean(file, value, 'rstrip') ?? false,
    normalized: optionalBoolean(file, value, 'normalized') ?? !special,
    special: special || isSpecial,
    hasFlags: true,
  };
}

function readSpecial(config: JsonObject, map: JsonObject): ReadonlyMap<SpecialRole, DeclaredToken> {
  const special = new Map<SpecialRole, DeclaredToken>();
  for (const role of specialRoles) {
    const value = role in config ? config[role] : map[role];
    if (value === undefined || value === null) continue;
    special.set(role, declaredToken(value, role, true));
  }
  return special;
}

function readDecoder(config: JsonObject): readonly DeclaredToken[] {
  const decoder = config['added_tokens_decoder'] ?? {};
  if (!isObject(decoder)) {
    throw malformed(file, 'added_tokens_decoder', `must be an object, not ${shown(decoder)}`);
  }
  return Object.entries(decoder)
    .map(([id, token]) => ({
      id: Number(id),
      token: declaredToken(token, `added_tokens_decoder.${id}`, false),
    }))
    .sort((left, right) => left.id - right.id)
    .map(({ token }) => token);
}

function readExtra(config: JsonObject): readonly DeclaredToken[] {
  const key = 'extra_special_tokens' in config ? 'extra_special_tokens' : 'additional_special_tokens';
  const value = config[key] ?? [];
  if (typeof value !== 'object') throw malformed(file, key, `must be a list, not ${shown(value)}`);
  return Object.values(value).map((token: unknown, index) => declaredToken(token, `${key}[${index}]`, true));
}

/**
 * Reads what `tokenizer_config.json` says about tokens; `special_tokens_map.json` counts only where that is silent.
 * Throws `TOKENIZER_MALFORMED` with file and field.
 */
export function readSettings(files: TokenizerFiles): TokenizerSettings {
  const config = parseObject(file, files.tokenizerConfig ?? '{}');
  const map = parseObject(fileNames.specialTokensMap, files.specialTokensMap ?? '{}');
  return {
    special: readSpecial(config, map),
    declared: [...readDecoder(config), ...readExtra(config)],
    addBos: optionalBoolean(file, config, 'add_bos_token'),
    addEos: optionalBoolean(file, config, 'add_eos_token'),
  };
}
