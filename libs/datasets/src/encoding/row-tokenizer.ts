import type { ChatMessage } from '../formats/row.ts';

/** What encoding needs of a tokenizer. */
export interface RowTokenizer {
  /** Id of the tokenizer's `eos_token`. */
  readonly eosId: number | null;
  /** Id of the tokenizer's `bos_token`. */
  readonly bosId: number | null;
  /** `addSpecialTokens` adds what the tokenizer itself puts around a text. */
  encode(text: string, options: { readonly addSpecialTokens: boolean }): ArrayLike<number>;
  /** As `encode` for each text; where it is there it is used, since a call for many texts costs less. */
  encodeAll?(
    texts: readonly string[],
    options: { readonly addSpecialTokens: boolean },
  ): readonly ArrayLike<number>[];
  /** Renders the model's own template to text, with every special token that belongs to it. */
  applyChatTemplate(
    messages: readonly ChatMessage[],
    options: { readonly addGenerationPrompt: boolean },
  ): string;
}

/** The begin-of-sequence token that the tokenizer puts before a text, as a list of one or none. */
export function beginTokens(tokenizer: RowTokenizer): readonly number[] {
  if (tokenizer.bosId === null) return [];
  const first = tokenizer.encode('', { addSpecialTokens: true })[0];
  return first === tokenizer.bosId ? [tokenizer.bosId] : [];
}
