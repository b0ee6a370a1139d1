import type { WeftError } from '@weft/errors';
import { invalid } from '../errors.ts';
import { NoAnswer, SyncWorker } from '../workers/sync-worker.ts';
import type { RenderAnswer, RenderRequest } from './template-protocol.ts';

export interface RenderLimits {
  readonly timeMs: number;
  readonly heapMegabytes: number;
  /** Characters of the rendered text. */
  readonly maxLength: number;
}

const defaultLimits: RenderLimits = { timeMs: 10_000, heapMegabytes: 256, maxLength: 2 ** 24 };

function failed(place: string, fault: string, cause?: unknown): WeftError {
  return invalid({
    code: 'CHAT_TEMPLATE_FAILED',
    message: `${place}: the chat template fails: ${fault}`,
    field: 'chat_template',
    remedy: 'Correct the template or the conversation, or use the template human-assistant.',
    cause,
  });
}

function refused(place: string, fault: string): WeftError {
  return invalid({
    code: 'CHAT_TEMPLATE_REFUSES',
    message: `${place}: the chat template refuses the conversation: ${fault}`,
    field: 'messages',
    remedy: 'Word the conversation as the model expects it, or use the template human-assistant.',
  });
}

/** Renders Jinja templates within limits of time, memory and length. Its thread starts with the first template. */
export class TemplateRenderer {
  #worker: SyncWorker<null, RenderRequest, RenderAnswer> | null = null;
  readonly #place: string;
  readonly #limits: RenderLimits;

  constructor(place: string, limits: RenderLimits = defaultLimits) {
    this.#place = place;
    this.#limits = limits;
  }

  /** Throws WeftError `CHAT_TEMPLATE_FAILED`, or `CHAT_TEMPLATE_REFUSES` for a `raise_exception`. */
  render(template: string, variables: Readonly<Record<string, unknown>>): string {
    const answer = this.#call({ template, variables, maxLength: this.#limits.maxLength });
    if ('text' in answer) return answer.text;
    throw answer.isRefusal ? refused(this.#place, answer.fault) : failed(this.#place, answer.fault);
  }

  close(): void {
    this.#worker?.close();
    this.#worker = null;
  }

  #call(request: RenderRequest): RenderAnswer {
    const { timeMs, heapMegabytes } = this.#limits;
    try {
      return this.#started().call(request, timeMs);
    } catch (error) {
      this.close();
      if (!(error instanceof NoAnswer))
        throw failed(this.#place, 'the conversation is not plain data', error);
      throw failed(this.#place, `it needs more than ${timeMs / 1000} s or ${heapMegabytes} MB`, error);
    }
  }

  #started(): SyncWorker<null, RenderRequest, RenderAnswer> {
    if (this.#worker !== null && !this.#worker.isClosed) return this.#worker;
    this.#worker = new SyncWorker(new URL('./template-worker.ts', import.meta.url), {
      start: null,
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.heapMegabytes, maxYoungGenerationSizeMb: 32 },
    });
    return this.#worker;
  }
}
