/**
 * What transformers makes of a `tokenizer.json` on loading: no truncation and no padding unless a call asks for it,
 * tokens that only the configuration names are added, and `add_bos_token` or `add_eos_token`, where present, replace the
 * post-processor.
 */

import type { DeclaredToken, TokenizerSettings } from './special-tokens.ts';
import type { AddedToken, TokenizerJson } from './tokenizer-json.ts';

export interface EffectiveTokenizer {
  /** A `tokenizer.json` that says everything by itself. */
  readonly json: string;
  /** The token of each id; holes are possible. */
  readonly tokens: readonly (string | undefined)[];
  readonly specialIds: ReadonlySet<number>;
  readonly idOf: ReadonlyMap<string, number>;
}

class Vocabulary {
  readonly tokens: (string | undefined)[];
  readonly added: AddedToken[];
  readonly idOf = new Map<string, number>();

  constructor({ modelTokens, addedTokens }: TokenizerJson) {
    this.tokens = [...modelTokens];
    this.added = [];
    for (const [id, token] of this.tokens.entries()) if (token !== undefined) this.idOf.set(token, id);
    for (const token of addedTokens) {
      this.added.push(token);
      this.tokens[token.id] = token.content;
      this.idOf.set(token.content, token.id);
    }
  }

  /** Adds a token, or changes how a known one is matched; one that the model knows keeps its id. */
  add({ hasFlags, ...token }: DeclaredToken): void {
    if (token.content === '') return;
    const at = this.added.findIndex(({ content }) => content === token.content);
    const known = this.added[at];
    if (known !== undefined) {
      const special = known.special || token.special;
      this.added[at] = hasFlags ? { ...token, special, id: known.id } : { ...known, special };
      return;
    }
    const id = this.idOf.get(token.content) ?? this.tokens.length;
    this.added.push({ ...token, id });
    this.tokens[id] = token.content;
    this.idOf.set(token.content, id);
  }
}

/** A template of the form `bos $A eos`. */
function postProcessor(
  tokens: readonly { readonly content: string; readonly id: number; readonly isStart: boolean }[],
) {
  const piece = (content: string) => ({ SpecialToken: { id: content, type_id: 0 } });
  const starts = tokens.filter(({ isStart }) => isStart).map(({ content }) => piece(content));
  const ends = tokens.filter(({ isStart }) => !isStart).map(({ content }) => piece(content));
  const text = (id: 'A' | 'B') => ({ Sequence: { id, type_id: 0 } });
  return {
    type: 'TemplateProcessing',
    single: [...starts, text('A'), ...ends],
    pair: [...starts, text('A'), ...ends, ...starts, text('B'), ...ends],
    special_tokens: Object.fromEntries(
      tokens.map(({ content, id }) => [content, { id: content, ids: [id], tokens: [content] }]),
    ),
  };
}

function replacedPostProcessor(settings: TokenizerSettings, vocabulary: Vocabulary): object | undefined {
  const { addBos, addEos, special } = settings;
  if (addBos === undefined && addEos === undefined) return undefined;
  const of = (role: 'bos_token' | 'eos_token', isWanted: boolean | undefined) => {
    const content = isWanted === true ? special.get(role)?.content : undefined;
    const id = content === undefined ? undefined : vocabulary.idOf.get(content);
    return content === undefined || id === undefined ? [] : [{ content, id, isStart: role === 'bos_token' }];
  };
  return postProcessor([...of('bos_token', addBos), ...of('eos_token', addEos)]);
}

export function effectiveTokenizer(checked: TokenizerJson, settings: TokenizerSettings): EffectiveTokenizer {
  const vocabulary = new Vocabulary(checked);
  for (const token of settings.declared) vocabulary.add(token);
  for (const token of settings.special.values()) vocabulary.add(token);
  const post_processor = replacedPostProcessor(settings, vocabulary) ?? checked.raw['post_processor'] ?? null;
  const added_tokens = vocabulary.added.toSorted((left, right) => left.id - right.id);
  const whole = { ...checked.raw, truncation: null, padding: null, added_tokens, post_processor };
  return {
    json: JSON.stringify(whole),
    tokens: vocabulary.tokens,
    specialIds: new Set(added_tokens.filter(({ special }) => special).map(({ id }) => id)),
    idOf: vocabulary.idOf,
  };
}
