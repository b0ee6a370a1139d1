import { WeftError } from '@weft/errors';
import { invalid } from './errors.ts';
import type { EncodeAnswer, EncodeRequest, EncoderStart } from './workers/encoder-protocol.ts';
import { NoAnswer, SyncWorker } from './workers/sync-worker.ts';

/** Encoding takes some hundred bytes of memory for each character. */
const maxTextLength = 2 ** 24;
const startMs = 120_000;
const encodeMs = 600_000;

function stuck(what: string, cause: unknown): WeftError {
  return new WeftError({
    code: 'TOKENIZER_STUCK',
    kind: 'machine',
    message: `the tokenizer gave no answer while ${what}`,
    remedy: 'Check that the machine has memory left, then try again.',
    cause,
  });
}

/** Text to ids by Hugging Face's own tokenizer library, in a thread of its own. */
export class Encoder {
  readonly #worker: SyncWorker<EncoderStart, EncodeRequest, EncodeAnswer>;
  readonly #place: string;

  /** Throws WeftError where the library refuses the text of `tokenizer.json`. */
  constructor(tokenizerJson: string, place: string) {
    const json = new Uint8Array(Buffer.byteLength(tokenizerJson));
    new TextEncoder().encodeInto(tokenizerJson, json);
    this.#place = place;
    this.#worker = new SyncWorker(new URL('./workers/encoder-worker.ts', import.meta.url), {
      start: { json },
      transfer: [json.buffer],
    });
    const { fault } = this.#wait(() => this.#worker.receive(startMs), 'it was loaded');
    if (fault === null) return;
    this.#worker.close();
    throw invalid({
      code: 'TOKENIZER_MALFORMED',
      message: `${place}: tokenizer.json is refused: ${fault}`,
      field: `${place}: tokenizer.json`,
      remedy: 'Take the file again from where the model comes from.',
    });
  }

  /** The ids of each text. Throws WeftError for a text of more than 16 Mi characters. */
  encode(texts: readonly string[], addSpecialTokens: boolean): readonly Int32Array[] {
    for (const { length } of texts) {
      if (length <= maxTextLength) continue;
      throw invalid({
        code: 'TOKENIZER_TEXT_TOO_LONG',
        message: `a text has ${length} characters; at most ${maxTextLength} are tokenised at once`,
        field: 'text',
        value: length,
        remedy: 'Cut the text into parts.',
      });
    }
    const { ids, fault } = this.#wait(
      () => this.#worker.call({ texts, addSpecialTokens }, encodeMs),
      'a text was tokenised',
    );
    if (fault === null) return ids;
    throw invalid({
      code: 'TOKENIZER_REFUSED_TEXT',
      message: `the tokenizer of ${this.#place} cannot tokenise a text: ${fault}`,
      field: 'text',
      remedy: 'Check that the vocabulary has an unknown token.',
    });
  }

  close(): void {
    this.#worker.close();
  }

  #wait(
    call: () => EncodeAnswer,
    what: string,
  ): { readonly ids: readonly Int32Array[]; readonly fault: string | null } {
    try {
      const answer = call();
      return 'fault' in answer ? { ids: [], fault: answer.fault } : { ids: answer.ids, fault: null };
    } catch (error) {
      throw error instanceof NoAnswer ? stuck(what, error) : error;
    }
  }
}
