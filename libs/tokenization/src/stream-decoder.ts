/** Text while it is being generated: what is pushed comes out once later tokens can no longer change it. */

import type { TextDecoderOfTokens } from './decoder.ts';

export interface StreamDecoder {
  /** The text that this token completes, often empty. Ids that the vocabulary lacks add nothing. */
  push(id: number): string;
  /** What is still held back, e.g. a character whose last bytes never came; the decoder then starts anew. */
  flush(): string;
}

export interface StreamParts {
  /** The token of an id; null where it is left out of the text. */
  readonly tokenOf: (id: number) => string | null;
  readonly decode: TextDecoderOfTokens;
  /** Whether runs of `<0xE2>` tokens are decoded as a whole. */
  readonly hasByteFallback: boolean;
}

const replacement = '\uFFFD';
const byteToken = /^<0x[0-9A-Fa-f]{2}>$/;

/**
 * Works with every decoder: each push decodes the tokens not yet given out together with some before them, since
 * decoders treat the start of a text specially. A text that ends in U+FFFD may be half a character, and an open run of
 * byte tokens is judged only as a whole: both wait.
 */
class WindowDecoder implements StreamDecoder {
  readonly #parts: StreamParts;
  #tokens: string[] = [];
  /** What of the window's text has been given out. */
  #given = '';

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  push(id: number): string {
    const token = this.#parts.tokenOf(id);
    if (token === null) return '';
    this.#tokens.push(token);
    if (this.#parts.hasByteFallback && byteToken.test(token)) return '';
    const text = this.#parts.decode(this.#tokens);
    if (text.length <= this.#given.length || text.endsWith(replacement)) return '';
    return this.#give(text);
  }

  flush(): string {
    const rest = this.#parts.decode(this.#tokens).slice(this.#given.length);
    this.#tokens = [];
    this.#given = '';
    return rest;
  }

  #give(text: string): string {
    const fresh = text.slice(this.#given.length);
    const context = this.#tokens.slice(-1);
    const contextText = this.#parts.decode(context);
    // A context without text of its own would not stand for the start of the sequence.
    if (contextText === '') this.#given = text;
    else {
      this.#tokens = context;
      this.#given = contextText;
    }
    return fresh;
  }
}

/** For byte-level vocabularies: each token is some bytes, wherever it stands. */
class ByteLevelDecoder implements StreamDecoder {
  readonly #tokenOf: StreamParts['tokenOf'];
  readonly #bytesOf: (token: string) => Uint8Array;
  #utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor({ tokenOf }: StreamParts, bytesOf: (token: string) => Uint8Array) {
    this.#tokenOf = tokenOf;
    this.#bytesOf = bytesOf;
  }

  push(id: number): string {
    const token = this.#tokenOf(id);
    return token === null ? '' : this.#utf8.decode(this.#bytesOf(token), { stream: true });
  }

  flush(): string {
    const rest = this.#utf8.decode();
    this.#utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
    return rest;
  }
}

/** The text of all pushes and the flush is exactly the text of all ids decoded at once. */
export function createDecoderStream(
  parts: StreamParts,
  bytesOf: ((token: string) => Uint8Array) | null,
): StreamDecoder {
  return bytesOf === null ? new WindowDecoder(parts) : new ByteLevelDecoder(parts, bytesOf);
}
