import { datasetError } from '../errors.ts';
import type { ChatMessage, DatasetRow, RowContent } from '../formats/row.ts';
import { renderChat } from './chat-spans.ts';
import { joinInstruction, turnsOf } from './human-assistant.ts';
import type { Piece } from './pieces.ts';
import { beginTokens, type RowTokenizer } from './row-tokenizer.ts';
import type { Template } from './templates.ts';

/** A stretch of text that is tokenised by itself. */
export interface TextPiece {
  readonly text: string;
  readonly isLabelled: boolean;
  /** Whether a begin token stands before it, where the tokenizer adds one. */
  readonly isStart: boolean;
  /** Whether the end token follows. */
  readonly isEnded: boolean;
}

const userMessage = (content: string): ChatMessage => ({ role: 'user', content });
const assistantMessage = (content: string): ChatMessage => ({ role: 'assistant', content });

function chatMessages(content: Exclude<RowContent, { kind: 'text' }>): readonly ChatMessage[] {
  switch (content.kind) {
    case 'messages':
      return content.messages;
    case 'alpaca':
      return [
        userMessage(joinInstruction(content.instruction, content.input)),
        assistantMessage(content.output),
      ];
    case 'prompt-completion':
      return [userMessage(content.prompt), assistantMessage(content.completion)];
  }
}

/** The template places every special token itself, the begin token too. */
function chatTexts(
  tokenizer: RowTokenizer,
  messages: readonly ChatMessage[],
  place: string,
): readonly TextPiece[] {
  const answers = messages.flatMap((message, index) => (message.role === 'assistant' ? [index] : []));
  const { text, spans } = renderChat(tokenizer, messages, { answers, place });
  const borders = [0, ...spans.flatMap(({ start, end }) => [start, end]), text.length];
  return borders.slice(1).map((end, index) => ({
    text: text.slice(borders[index], end),
    isLabelled: index % 2 === 1,
    isStart: false,
    isEnded: false,
  }));
}

/** What a row becomes in a template, cut where labels begin and end. */
export function textsOfRow(
  row: DatasetRow,
  template: Template,
  tokenizer: RowTokenizer,
): readonly TextPiece[] {
  if (row.content.kind === 'text') {
    return [{ text: row.content.text, isLabelled: true, isStart: true, isEnded: true }];
  }
  if (template === 'chat') return chatTexts(tokenizer, chatMessages(row.content), row.place);
  return turnsOf(row, template).flatMap(({ prompt, answer }, index) => [
    { text: prompt, isLabelled: false, isStart: index === 0, isEnded: false },
    ...(answer === null ? [] : [{ text: answer, isLabelled: true, isStart: false, isEnded: true }]),
  ]);
}

function requireEos(tokenizer: RowTokenizer): number {
  if (tokenizer.eosId !== null) return tokenizer.eosId;
  throw datasetError({
    code: 'DATASET_NO_EOS',
    message: 'the tokenizer names no eos_token, so the end of an answer cannot be taught',
    field: 'eos_token',
    remedy: 'Set eos_token in tokenizer_config.json of the model, or use the template chat.',
  });
}

function encodeTexts(tokenizer: RowTokenizer, texts: readonly string[]): readonly ArrayLike<number>[] {
  const options = { addSpecialTokens: false };
  return tokenizer.encodeAll?.(texts, options) ?? texts.map((text) => tokenizer.encode(text, options));
}

/** Makes the function that turns pieces of text into pieces of ids, all in one call of the tokenizer. */
export function createPieceEncoder(
  tokenizer: RowTokenizer,
): (texts: readonly TextPiece[]) => readonly Piece[] {
  const [begin] = beginTokens(tokenizer);
  return (texts) => {
    const encoded = encodeTexts(
      tokenizer,
      texts.map(({ text }) => text),
    );
    return texts.map(({ isLabelled, isStart, isEnded }, index) => {
      const ids = encoded[index] ?? [];
      const isBegun = !isStart || begin === undefined || ids[0] === begin;
      if (isBegun && !isEnded) return { ids, isLabelled };
      const whole = Array.from(ids);
      if (!isBegun) whole.unshift(begin);
      if (isEnded) whole.push(requireEos(tokenizer));
      return { ids: whole, isLabelled };
    });
  };
}
