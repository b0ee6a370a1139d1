import { createInterface } from 'node:readline/promises';
import { type ChatMessage, encodePrompt } from '@weft/datasets';
import { greedy, type SamplingOptions } from '@weft/generation';
import type { CommandContext } from '../context.ts';
import { openRunnable, type RunnableModel } from '../models/runnable-model.ts';
import { givenOptions } from '../options/bind-options.ts';
import { optionError, requireOption } from '../options/option-errors.ts';
import type { OptionValues } from '../options/option-table.ts';
import { generateOptions } from '../options/use-options.ts';
import { type Answer, answer } from '../runs/answer.ts';
import type { GivenOptions } from './command.ts';

type GenerateOptions = OptionValues<typeof generateOptions>;

export async function runGenerate({ values }: GivenOptions, context: CommandContext): Promise<void> {
  const options = givenOptions(generateOptions, values);
  const isChat = options.chat ?? false;
  if (isChat && options.template !== undefined && options.template !== 'chat') throw chatAndTemplate();
  if (!isChat) requireOption(options.prompt, '--prompt', 'TEXT, or --chat for a conversation');
  const runnable = await openRunnable(options, context);
  if (isChat) return converse(runnable, options, context);
  const { tokenizer } = runnable.model;
  const prompt = { instruction: options.prompt ?? '' };
  const promptIds = encodePrompt(prompt, { tokenizer, template: runnable.template });
  await give(runnable, { options, promptIds }, context);
}

async function converse(
  runnable: RunnableModel,
  options: GenerateOptions,
  context: CommandContext,
): Promise<void> {
  const messages: ChatMessage[] =
    options.system === undefined ? [] : [{ role: 'system', content: options.system }];
  const { tokenizer } = runnable.model;
  for await (const content of questions(options.prompt, context)) {
    messages.push({ role: 'user', content });
    const promptIds = encodePrompt({ messages }, { tokenizer, template: 'chat' });
    const { text } = await give(runnable, { options, promptIds }, context);
    messages.push({ role: 'assistant', content: text });
  }
}

/** The one given, or lines of standard input until its end. */
async function* questions(
  prompt: string | undefined,
  { output, signal }: CommandContext,
): AsyncGenerator<string> {
  if (prompt !== undefined) {
    yield prompt;
    return;
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr, signal });
  if (output.isInteractive) output.note('A conversation; an empty line or Ctrl-D ends it.');
  lines.setPrompt('> ');
  lines.prompt();
  let isOpen = true;
  lines.once('close', () => {
    isOpen = false;
  });
  for await (const line of lines) {
    if (line.trim() === '') break;
    yield line;
    if (isOpen) lines.prompt();
  }
  lines.close();
}

async function give(
  runnable: RunnableModel,
  { options, promptIds }: { readonly options: GenerateOptions; readonly promptIds: Int32Array },
  { output, signal }: CommandContext,
): Promise<Answer> {
  let given = 0;
  const result = await answer(runnable, {
    promptIds,
    maxNewTokens: options.maxNewTokens ?? 256,
    sampling: samplingOf(options),
    stopStrings: options.stop ?? [],
    signal,
    onToken: (id, text) => {
      output.event({ event: 'token', id, text });
      output.piece(text);
      given += text.length;
    },
  });
  output.event({ event: 'answer', ...result });
  output.line(result.text.slice(given));
  return result;
}

/** Greedy unless a sampling option is given; then the usual temperature is 1. */
function samplingOf(options: GenerateOptions): SamplingOptions {
  const { temperature, topK, topP, minP, repetitionPenalty, seed } = options;
  const samples = [topK, topP, minP].some((value) => value !== undefined);
  return {
    temperature: temperature ?? (samples ? 1 : greedy.temperature),
    topK: topK ?? greedy.topK,
    topP: topP ?? greedy.topP,
    minP: minP ?? greedy.minP,
    repetitionPenalty: repetitionPenalty ?? greedy.repetitionPenalty,
    seed: seed ?? greedy.seed,
  };
}

function chatAndTemplate() {
  return optionError({
    code: 'OPTION_CONFLICT',
    message: '--chat means --template chat, and another template was given',
    field: '--template',
    remedy: 'Leave --template out, or take --chat away.',
  });
}
