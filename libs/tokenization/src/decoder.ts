import { isObject, type JsonObject } from './files/json-object.ts';
import { libraryMissing } from './native-library.ts';

/** Turns the tokens of a sequence into its text. */
export type TextDecoderOfTokens = (tokens: readonly string[]) => string;

async function loadNative(): Promise<typeof import('tokenizers')> {
  try {
    return await import('tokenizers');
  } catch (error) {
    throw libraryMissing(error);
  }
}

/** The decoder of a `tokenizer.json`; without one, tokens are joined by spaces as Hugging Face's library does. */
export async function createDecoder(tokenizerJson: JsonObject): Promise<TextDecoderOfTokens> {
  const { decoder } = tokenizerJson;
  if (!isObject(decoder)) return (tokens) => tokens.join(' ');
  const { Tokenizer } = await loadNative();
  const model = { type: 'BPE', vocab: {}, merges: [] };
  const native = Tokenizer.fromString(
    JSON.stringify({ version: '1.0', added_tokens: [], model, decoder }),
  ).getDecoder();
  if (native === null) return (tokens) => tokens.join(' ');
  return (tokens) => native.decode([...tokens]);
}
