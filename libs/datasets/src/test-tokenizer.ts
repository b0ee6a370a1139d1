/** A tokenizer of characters, simple enough that every expected id can be written down. */
import type { RowTokenizer } from './encoding/row-tokenizer.ts';
import type { ChatMessage } from './formats/row.ts';

export const bos = 1;
export const eos = 2;
export const turnStart = 3;
export const turnEnd = 4;

const specials: readonly (readonly [text: string, id: number])[] = [
  ['<s>', bos],
  ['</s>', eos],
  ['<|start|>', turnStart],
  ['<|end|>', turnEnd],
];

const specialPattern = /<s>|<\/s>|<\|start\|>|<\|end\|>/y;

/** Ids of plain characters are their code points; special tokens are found in any text, as real tokenizers do. */
export function charIds(text: string): number[] {
  const ids: number[] = [];
  for (let at = 0; at < text.length; ) {
    specialPattern.lastIndex = at;
    const special = specialPattern.exec(text)?.[0];
    const id = specials.find(([known]) => known === special)?.[1];
    ids.push(id ?? (text.codePointAt(at) as number));
    at +=
      id === undefined ? String.fromCodePoint(text.codePointAt(at) as number).length : (special ?? '').length;
  }
  return ids;
}

export const textOf = (ids: Iterable<number>): string =>
  Array.from(ids, (id) => specials.find(([, known]) => known === id)?.[0] ?? String.fromCodePoint(id)).join(
    '',
  );

type ChatTemplate = RowTokenizer['applyChatTemplate'];

/** ChatML: `<|start|>role\ncontent<|end|>\n`. */
export const chatMl: ChatTemplate = (messages, { addGenerationPrompt }) =>
  messages.map(({ role, content }) => `<|start|>${role}\n${content}<|end|>\n`).join('') +
  (addGenerationPrompt ? '<|start|>assistant\n' : '');

/** Trims, begins with the begin token and has no line feed at the end of a turn. */
export const trimming: ChatTemplate = (messages, { addGenerationPrompt }) =>
  `<s>${messages.map(({ role, content }) => `<|start|>${role}\n\n${content.trim()}<|end|>`).join('')}${
    addGenerationPrompt ? '<|start|>assistant\n\n' : ''
  }`;

/** Drops the thinking of all answers but those after the last question, where an empty one is added. */
export const thinking: ChatTemplate = (messages, { addGenerationPrompt }) => {
  const lastQuestion = messages.findLastIndex(({ role }) => role === 'user');
  const word = ({ role, content }: ChatMessage, index: number): string => {
    const answer = content.split('</think>').at(-1)?.trimStart() ?? '';
    if (role !== 'assistant') return content;
    return index > lastQuestion ? `<think>\n\n</think>\n\n${answer}` : answer;
  };
  const turns = messages.map(
    (message, index) => `<|start|>${message.role}\n${word(message, index)}<|end|>\n`,
  );
  return turns.join('') + (addGenerationPrompt ? '<|start|>assistant\n' : '');
};

/** Pairs of `[INST] … [/INST] answer</s>`; refuses what does not alternate. */
export const instructing: ChatTemplate = (messages) =>
  `<s>${messages
    .map(({ role, content }, index) => {
      if (role !== (index % 2 === 0 ? 'user' : 'assistant')) throw new Error('roles must alternate');
      return role === 'user' ? `[INST] ${content} [/INST]` : ` ${content}</s>`;
    })
    .join('')}`;

export interface CharTokenizerOptions {
  readonly addsBos?: boolean;
  readonly addsEos?: boolean;
  readonly eosId?: number | null;
  readonly template?: ChatTemplate;
}

export function charTokenizer(options: CharTokenizerOptions = {}): RowTokenizer {
  const { addsBos = false, addsEos = false, eosId = eos, template = chatMl } = options;
  return {
    eosId,
    bosId: bos,
    encode: (text, { addSpecialTokens }) => [
      ...(addSpecialTokens && addsBos ? [bos] : []),
      ...charIds(text),
      ...(addSpecialTokens && addsEos ? [eos] : []),
    ],
    applyChatTemplate: template,
  };
}
