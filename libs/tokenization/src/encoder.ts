import { WeftError } from '@weft/errors';
import { invalid } from './errors.ts';
import { libraryMissing } from './native-library.ts';
import type { EncodeAnswer, EncodeRequest, EncoderStart } from './workers/encoder-protocol.ts';
import { NoAnswer, SyncWorker } from './workers/sync-worker.ts';

/** Encoding takes some hundred bytes of memory for each character. */
const maxTextLength = 2 ** 24;
const encodeMs = 600_000;

type EncoderWorker = SyncWorker<EncoderStart, EncodeRequest, EncodeAnswer>;

function stuck(cause: unknown): WeftError {
  return new WeftError({
    code: 'TOKENIZER_STUCK',
    kind: 'machine',
    message: 'the tokenizer gave no answer',
    remedy: 'Check that the machine has memory left, then try again.',
    cause,
  });
}

function refused(place: string, fault: string): WeftError {
  return invalid({
    code: 'TOKENIZER_MALFORMED',
    message: `${place}: tokenizer.json is refused: ${fault}`,
    field: `${place}: tokenizer.json`,
    remedy: 'Take the file again from where the model comes from.',
  });
}

export interface EncoderSource {
  /** Where it comes from, for messages. */
  readonly place: string;
  /** The text of a `tokenizer.json`. */
  readonly json: string;
}

/** Text to ids by Hugging Face's own tokenizer library, in a thread of its own. */
export class Encoder {
  readonly #worker: EncoderWorker;
  readonly #place: string;

  private constructor(worker: EncoderWorker, place: string) {
    this.#worker = worker;
    this.#place = place;
  }

  /** Throws WeftError where the library refuses the text or has no build for this machine. */
  static async start({ json: text, place }: EncoderSource, signal?: AbortSignal): Promise<Encoder> {
    const json = new Uint8Array(Buffer.byteLength(text));
    new TextEncoder().encodeInto(text, json);
    const worker: EncoderWorker = new SyncWorker(new URL('./workers/encoder-worker.ts', import.meta.url), {
      start: { json },
      transfer: [json.buffer],
    });
    const answer = await worker.started(signal).catch((error: unknown) => {
      throw signal?.aborted === true ? error : libraryMissing(error);
    });
    if (!('fault' in answer)) return new Encoder(worker, place);
    worker.close();
    throw refused(place, answer.fault);
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
    const answer = this.#call({ texts, addSpecialTokens });
    if (!('fault' in answer)) return answer.ids;
    throw invalid({
      code: 'TOKENIZER_REFUSED_TEXT',
      message: `the tokenizer of ${this.#place} cannot tokenise a text: ${answer.fault}`,
      field: 'text',
      remedy: 'Check that the vocabulary has an unknown token.',
    });
  }

  close(): void {
    this.#worker.close();
  }

  #call(request: EncodeRequest): EncodeAnswer {
    try {
      return this.#worker.call(request, encodeMs);
    } catch (error) {
      throw error instanceof NoAnswer ? stuck(error) : error;
    }
  }
}
