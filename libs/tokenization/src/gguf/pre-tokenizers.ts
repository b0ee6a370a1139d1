/**
 * How byte-level vocabularies cut a text before merging, by the name in `tokenizer.ggml.pre`. A GGUF file names the
 * rule without saying it; these are the rules of the `tokenizer.json` files from which such vocabularies come.
 */

export interface PreTokenizerRule {
  readonly pre_tokenizer: object;
  readonly normalizer: object | null;
  /** Whether a piece that is in the vocabulary as a whole is taken without merging. */
  readonly ignoreMerges: boolean;
  /** Whether a begin token is added where the file does not say. */
  readonly addsBos: boolean;
}

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const blanks = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const llama3 = String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|${blanks}`;
const qwen2 = String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|${blanks}`;
const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const tekken = [
  String.raw`[^\r\n\p{L}\p{N}]?${upper}*${lower}+`,
  String.raw`[^\r\n\p{L}\p{N}]?${upper}+${lower}*`,
  String.raw`\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${blanks}`,
].join('|');

const byteLevel = (useRegex: boolean) => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});
const sequence = (...pretokenizers: readonly object[]) => ({ type: 'Sequence', pretokenizers });
const split = (pattern: string) =>
  sequence(
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    byteLevel(false),
  );

const rule = (pre_tokenizer: object, more: Partial<PreTokenizerRule> = {}): PreTokenizerRule => ({
  pre_tokenizer,
  normalizer: null,
  ignoreMerges: false,
  addsBos: false,
  ...more,
});

const gpt2Rule = rule(byteLevel(true));
const digitsRule = rule(sequence({ type: 'Digits', individual_digits: true }, byteLevel(true)));
const llama3Rule = rule(split(llama3), { ignoreMerges: true, addsBos: true });
const qwen2Rule = rule(split(qwen2), { normalizer: { type: 'NFC' } });
const tekkenRule = rule(split(tekken), { ignoreMerges: true, addsBos: true });

export const preTokenizerRules: ReadonlyMap<string, PreTokenizerRule> = new Map([
  ['default', gpt2Rule],
  ['gpt-2', gpt2Rule],
  ['gpt2', gpt2Rule],
  ['smollm', digitsRule],
  ['starcoder', digitsRule],
  ['refact', digitsRule],
  ['codeshell', digitsRule],
  ['llama-bpe', llama3Rule],
  ['llama3', llama3Rule],
  ['llama-v3', llama3Rule],
  ['qwen2', qwen2Rule],
  ['deepseek-r1-qwen', qwen2Rule],
  ['tekken', tekkenRule],
]);
