import { bytesOfToken } from './byte-alphabet.ts';
import type { ChatMessage, ChatOptions, ChatTemplate } from './chat/chat-template.ts';
import type { TextDecoderOfTokens } from './decoder.ts';
import type { Encoder } from './encoder.ts';
import { invalid } from './errors.ts';
import { createDecoderStream, type StreamDecoder } from './stream-decoder.ts';

export interface EncodeOptions {
  /** Whether to add what the tokenizer itself puts around a text (BOS, EOS, CLS, …). Default true. */
  readonly addSpecialTokens?: boolean | undefined;
}

export interface DecodeOptions {
  /** Whether special tokens are left out of the text. Default false. */
  readonly skipSpecialTokens?: boolean | undefined;
}

/** A model's tokenizer with its special tokens and its chat template. */
export interface Tokenizer {
  /** Where it comes from: a folder or a GGUF file. */
  readonly place: string;
  /** One more than the largest id. */
  readonly vocabSize: number;
  readonly bosId: number | null;
  /** Id of the tokenizer's `eos_token`. */
  readonly eosId: number | null;
  /** Every id at which generation ends: the tokenizer's and those of `generation_config.json`. */
  readonly eosIds: readonly number[];
  readonly padId: number | null;
  readonly unkId: number | null;
  /** Whether the tokenizer itself puts its BOS before a text. */
  readonly addsBos: boolean;
  /** The default chat template, or null. */
  readonly chatTemplate: string | null;
  /** The same ids as Hugging Face's `tokenizer(text).input_ids`. Throws WeftError for a text of over 16 Mi characters. */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** As `encode` for each text, at less cost. */
  encodeAll(texts: readonly string[], options?: EncodeOptions): readonly Int32Array[];
  /** Ids that the vocabulary lacks add nothing, as in Hugging Face's library. */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
  /** The token as the vocabulary spells it, e.g. `Ġhello`. Throws WeftError for an unknown id. */
  piece(id: number): string;
  /** The id of a token as the vocabulary spells it, or null. */
  tokenId(piece: string): number | null;
  isSpecial(id: number): boolean;
  /** The text of a conversation in the model's own template. Throws WeftError where it has none or the template fails. */
  applyChatTemplate(messages: readonly ChatMessage[], options?: ChatOptions): string;
  /** Decodes one token at a time; all its texts together are `decode` of all ids. */
  createStreamDecoder(options?: DecodeOptions): StreamDecoder;
  /** Name and text of each file to write beside a model so that it loads there and in transformers. */
  files(): ReadonlyMap<string, string>;
  /** Ends its threads; encoding and templates then fail. A process that ends needs no call. */
  close(): void;
}

export interface TokenizerParts {
  readonly place: string;
  readonly tokens: readonly (string | undefined)[];
  readonly specialIds: ReadonlySet<number>;
  readonly idOf: ReadonlyMap<string, number>;
  readonly bosId: number | null;
  readonly eosId: number | null;
  readonly eosIds: readonly number[];
  readonly padId: number | null;
  readonly unkId: number | null;
  readonly encoder: Encoder;
  readonly decode: TextDecoderOfTokens;
  readonly decoderKind: 'byte-level' | 'byte-fallback' | 'other';
  readonly chat: ChatTemplate;
  readonly files: ReadonlyMap<string, string>;
}

/** The tokenizer over its loaded parts; see `loadTokenizer`. */
export class LoadedTokenizer implements Tokenizer {
  readonly place: string;
  readonly bosId: number | null;
  readonly eosId: number | null;
  readonly eosIds: readonly number[];
  readonly padId: number | null;
  readonly unkId: number | null;
  readonly vocabSize: number;
  readonly addsBos: boolean;
  readonly #parts: TokenizerParts;

  constructor(parts: TokenizerParts) {
    this.#parts = parts;
    this.place = parts.place;
    this.bosId = parts.bosId;
    this.eosId = parts.eosId;
    this.eosIds = parts.eosIds;
    this.padId = parts.padId;
    this.unkId = parts.unkId;
    this.vocabSize = parts.tokens.length;
    this.addsBos = parts.bosId !== null && this.encode('')[0] === parts.bosId;
  }

  get chatTemplate(): string | null {
    return this.#parts.chat.text;
  }

  encode(text: string, options?: EncodeOptions): Int32Array {
    return this.encodeAll([text], options)[0] as Int32Array;
  }

  encodeAll(
    texts: readonly string[],
    { addSpecialTokens = true }: EncodeOptions = {},
  ): readonly Int32Array[] {
    return this.#parts.encoder.encode(texts, addSpecialTokens);
  }

  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    const tokenOf = this.#visible(options);
    const tokens = Array.from(ids, tokenOf).filter((token) => token !== null);
    return this.#parts.decode(tokens);
  }

  piece(id: number): string {
    const token = this.#parts.tokens[id];
    if (token !== undefined) return token;
    throw invalid({
      code: 'TOKEN_ID_UNKNOWN',
      message: `there is no token ${id} in the vocabulary of ${this.vocabSize}`,
      field: 'id',
      value: id,
      remedy: `Give ids below ${this.vocabSize}.`,
    });
  }

  tokenId(piece: string): number | null {
    return this.#parts.idOf.get(piece) ?? null;
  }

  isSpecial(id: number): boolean {
    return this.#parts.specialIds.has(id);
  }

  applyChatTemplate(messages: readonly ChatMessage[], options?: ChatOptions): string {
    return this.#parts.chat.render(messages, options);
  }

  createStreamDecoder(options: DecodeOptions = {}): StreamDecoder {
    const { decode, decoderKind } = this.#parts;
    const stream = {
      tokenOf: this.#visible(options),
      decode,
      hasByteFallback: decoderKind === 'byte-fallback',
    };
    return createDecoderStream(stream, decoderKind === 'byte-level' ? bytesOfToken : null);
  }

  files(): ReadonlyMap<string, string> {
    return this.#parts.files;
  }

  close(): void {
    this.#parts.encoder.close();
    this.#parts.chat.close();
  }

  #visible({ skipSpecialTokens = false }: DecodeOptions): (id: number) => string | null {
    const { tokens, specialIds } = this.#parts;
    return (id) => (skipSpecialTokens && specialIds.has(id) ? null : (tokens[id] ?? null));
  }
}
