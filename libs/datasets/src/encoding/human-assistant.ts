import { datasetError } from '../errors.ts';
import type { ChatMessage, DatasetRow } from '../formats/row.ts';

/** One question as the template words it, and the answer to it where the row has one. */
export interface Turn {
  readonly prompt: string;
  readonly answer: string | null;
}

/** `Human: …`, a blank line, `Assistant: ` with the blank at its end: the answer follows directly. */
export function humanAssistantPrompt(instruction: string, input = ''): string {
  return `${`Human: ${instruction}\n${input}`.trim()}\n\nAssistant: `;
}

function badOrder(place: string, what: string): Error {
  return datasetError({
    code: 'DATASET_BAD_MESSAGES',
    message: `${place}: ${what}`,
    field: place,
    remedy: 'Let user and assistant alternate, or use the template chat.',
  });
}

/**
 * A conversation in the human-assistant template: what system and user say before an answer is one instruction, its
 * parts joined by line feeds; the turns follow each other as in the one-turn form. A last question without an answer
 * has nothing to learn and is left out.
 */
export function humanAssistantTurns(messages: readonly ChatMessage[], place: string): readonly Turn[] {
  const turns: Turn[] = [];
  let asked: string[] = [];
  let hasUser = false;
  for (const { role, content } of messages) {
    if (role === 'assistant') {
      if (!hasUser) throw badOrder(place, 'an assistant message has no user message before it');
      turns.push({ prompt: humanAssistantPrompt(asked.join('\n')), answer: content });
      asked = [];
      hasUser = false;
    } else if (role === 'system' || role === 'user') {
      asked.push(content);
      hasUser ||= role === 'user';
    } else {
      throw badOrder(place, `the template human-assistant has no words for the role "${role}"`);
    }
  }
  if (turns.length === 0) turns.push({ prompt: humanAssistantPrompt(asked.join('\n')), answer: null });
  return turns;
}

/** Every row but `text` as turns; `none` words the same content without decoration. */
export function turnsOf(row: DatasetRow, template: 'human-assistant' | 'none'): readonly Turn[] {
  const { content, place } = row;
  switch (content.kind) {
    case 'alpaca': {
      const prompt =
        template === 'none'
          ? joinInstruction(content.instruction, content.input)
          : humanAssistantPrompt(content.instruction, content.input);
      return [{ prompt, answer: content.output }];
    }
    case 'prompt-completion': {
      const prompt = template === 'none' ? content.prompt : humanAssistantPrompt(content.prompt);
      return [{ prompt, answer: content.completion }];
    }
    case 'messages':
      if (template === 'human-assistant') return humanAssistantTurns(content.messages, place);
      throw datasetError({
        code: 'DATASET_TEMPLATE_UNFIT',
        message: `${place}: the template none cannot word a conversation`,
        field: 'template',
        value: template,
        remedy: 'Use the template chat or human-assistant for messages.',
      });
    case 'text':
      return [];
  }
}

/** Instruction and input as one text, for the templates that have no place of their own for the input. */
export const joinInstruction = (instruction: string, input: string): string =>
  `${instruction}\n${input}`.trim();
