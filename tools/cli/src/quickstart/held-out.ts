/** The questions that the model is asked before and after, and how well it answers them. */
import { encodePrompt, openDataset } from '@weft/datasets';
import { greedy } from '@weft/generation';
import { createGenerator, type GeneratorParts } from '../models/create-generator.ts';
import type { Progress } from '../output/output.ts';

export interface Question {
  readonly request: string;
  readonly command: string;
}

export interface Accuracy {
  readonly answers: readonly string[];
  /** Answers that equal the wanted command, spaces around it aside. */
  readonly correct: number;
}

const sequencesAtOnce = 16;
const template = 'human-assistant';

export async function readQuestions(path: string, signal: AbortSignal): Promise<readonly Question[]> {
  const questions: Question[] = [];
  const dataset = await openDataset({ path, format: 'alpaca', signal });
  for await (const { content } of dataset.rows(signal)) {
    if (content.kind === 'alpaca') questions.push({ request: content.instruction, command: content.output });
  }
  return questions;
}

/** Greedy answers to all questions, as long as the longest command: what is longer cannot be right. */
export async function measure(
  parts: GeneratorParts,
  questions: readonly Question[],
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Accuracy> {
  const { tokenizer } = parts.model;
  const stopIds = new Set(tokenizer.eosIds);
  const prompts = questions.map(({ request }) =>
    encodePrompt({ instruction: request }, { tokenizer, template }),
  );
  const commands = tokenizer.encodeAll(questions.map(({ command }) => command));
  const longestPrompt = Math.max(...prompts.map(({ length }) => length));
  const longestCommand = Math.max(...commands.map(({ length }) => length));
  const maxNewTokens = Math.min(1 + longestCommand, parts.model.base.config.maxPositions - longestPrompt);
  const sizes = { maxSequences: sequencesAtOnce, maxSequenceTokens: longestPrompt + maxNewTokens };
  const generator = await createGenerator(parts, sizes);
  const requests = prompts.map((promptIds) => ({ promptIds, maxNewTokens, stopIds, sampling: greedy }));
  const ids: number[][] = questions.map(() => []);
  let done = 0;
  for await (const { request, id, finished } of generator.generate(requests, signal)) {
    if (id !== null) ids[request]?.push(id);
    if (finished !== null) progress.update(++done, '');
  }
  progress.end();
  const answers = ids.map((answer) => tokenizer.decode(answer, { skipSpecialTokens: true }).trim());
  const correct = answers.filter((answer, index) => answer === questions[index]?.command).length;
  return { answers, correct };
}
