/** One answer, given out while it is made. */
import { type FinishReason, type SamplingOptions, TextStream } from '@weft/generation';
import { createGenerator } from '../models/create-generator.ts';
import type { RunnableModel } from '../models/runnable-model.ts';
import { valuesOf } from '../models/use-adapter.ts';
import { optionError } from '../options/option-errors.ts';

export interface AnswerOptions {
  readonly promptIds: Int32Array;
  readonly maxNewTokens: number;
  readonly sampling: SamplingOptions;
  readonly stopStrings: readonly string[];
  readonly signal: AbortSignal;
  readonly onToken: (id: number, text: string) => void;
}

export interface Answer {
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly promptTokens: number;
  readonly newTokens: number;
  /** Of the answer, prompt processing left out; 0 for an answer of one token. */
  readonly tokensPerSecond: number;
}

/** The answer is cut where the model has no positions left. */
export async function answer(runnable: RunnableModel, options: AnswerOptions): Promise<Answer> {
  const { model, opened } = runnable;
  const { promptIds, signal } = options;
  const adapted = opened === null ? null : { adapter: opened.adapter, values: valuesOf(opened) };
  const room = model.base.config.maxPositions - (adapted?.adapter.virtualTokens ?? 0) - promptIds.length;
  if (room < 1) throw tooLong(promptIds.length, model.base.config.maxPositions);
  const maxNewTokens = Math.min(options.maxNewTokens, room);
  const maxSequenceTokens = promptIds.length + maxNewTokens;
  const generator = await createGenerator({ ...runnable, adapted }, { maxSequences: 1, maxSequenceTokens });
  const { tokenizer } = model;
  const stream = new TextStream(
    tokenizer.createStreamDecoder({ skipSpecialTokens: true }),
    options.stopStrings,
  );
  const stopIds = new Set(tokenizer.eosIds);
  const request = { promptIds, maxNewTokens, stopIds, sampling: options.sampling };
  const progress = { text: '', newTokens: 0, finishReason: 'length' as FinishReason };
  let firstAt = 0;
  for await (const { id, finished } of generator.generate([request], signal)) {
    if (progress.newTokens === 0) firstAt = performance.now();
    if (finished !== null) progress.finishReason = finished;
    if (id === null) continue;
    progress.newTokens++;
    const piece = stream.push(id);
    progress.text += piece;
    options.onToken(id, piece);
    if (!stream.stopped) continue;
    progress.finishReason = 'stop';
    break;
  }
  const seconds = (performance.now() - firstAt) / 1000;
  const text = progress.text + stream.end();
  const tokensPerSecond = progress.newTokens > 1 ? (progress.newTokens - 1) / seconds : 0;
  return { ...progress, text, promptTokens: promptIds.length, tokensPerSecond };
}

function tooLong(length: number, positions: number) {
  return optionError({
    code: 'PROMPT_TOO_LONG',
    message: `the prompt has ${length} tokens, and the model ${positions} positions`,
    field: '--prompt',
    value: String(length),
    remedy: 'Shorten the prompt.',
  });
}
