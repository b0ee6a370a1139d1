import { datasetError } from '../errors.ts';
import type { ChatMessage, DatasetRow, RowContent } from '../formats/row.ts';
import { renderChat } from './chat-spans.ts';
import { humanAssistantPrompt, joinInstruction, turnsOf } from './human-assistant.ts';
import { joinPieces, type Piece } from './pieces.ts';
import { beginTokens, type RowTokenizer } from './row-tokenizer.ts';
import type { Template } from './templates.ts';

export interface EncodeOptions {
  readonly tokenizer: RowTokenizer;
  readonly template: Template;
  /** The longest row in tokens; the end of a longer one is lost. */
  readonly maxLength: number;
}

/** Why a row teaches nothing. */
export type DropReason = 'prompt-fills-max-length' | 'no-assistant-message' | 'no-labelled-token';

export interface EncodedRow {
  /** [tokens] */
  readonly ids: Int32Array;
  /** [tokens], the id itself where it is to be learnt, else -100; the first is always -100. */
  readonly labels: Int32Array;
  readonly labelledTokens: number;
  /** Whether tokens were lost at the end. */
  readonly isCut: boolean;
  /** Null for a row with labelled tokens. */
  readonly dropReason: DropReason | null;
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

function checkMaxLength(maxLength: number): void {
  if (Number.isInteger(maxLength) && maxLength >= 2) return;
  throw datasetError({
    code: 'DATASET_BAD_MAX_LENGTH',
    message: `the maximum length must be a whole number of at least 2 tokens, not ${maxLength}`,
    field: 'maxLength',
    value: maxLength,
    remedy: 'Choose a length such as 256.',
  });
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

/** The pieces of a row before any cut. */
class RowPieces {
  readonly #tokenizer: RowTokenizer;
  readonly #template: Template;
  readonly #begin: readonly number[];

  constructor(tokenizer: RowTokenizer, template: Template) {
    this.#tokenizer = tokenizer;
    this.#template = template;
    this.#begin = beginTokens(tokenizer);
  }

  of(row: DatasetRow): readonly Piece[] {
    if (row.content.kind === 'text') return this.#text(row.content.text);
    if (this.#template === 'chat') return this.#chat(chatMessages(row.content), row.place);
    const pieces: Piece[] = [];
    for (const { prompt, answer } of turnsOf(row, this.#template)) {
      pieces.push({ ids: pieces.length === 0 ? this.first(prompt) : this.#ids(prompt), isLabelled: false });
      if (answer !== null) pieces.push({ ids: this.#withEos(this.#ids(answer)), isLabelled: true });
    }
    return pieces;
  }

  /** The start of a row: a begin token where the tokenizer adds one and the text does not bring it. */
  first(text: string): ArrayLike<number> {
    const ids = this.#ids(text);
    const [begin] = this.#begin;
    return begin === undefined || ids[0] === begin ? ids : [begin, ...Array.from(ids)];
  }

  #ids(text: string): ArrayLike<number> {
    return text === '' ? [] : this.#tokenizer.encode(text, { addSpecialTokens: false });
  }

  #withEos(ids: ArrayLike<number>): number[] {
    return [...Array.from(ids), requireEos(this.#tokenizer)];
  }

  #text(text: string): readonly Piece[] {
    return [{ ids: this.#withEos(this.first(text)), isLabelled: true }];
  }

  /** The template places every special token itself, the begin token too. */
  #chat(messages: readonly ChatMessage[], place: string): readonly Piece[] {
    const answers = messages.flatMap((message, index) => (message.role === 'assistant' ? [index] : []));
    const { text, spans } = renderChat(this.#tokenizer, messages, { answers, place });
    const pieces: Piece[] = [];
    let at = 0;
    for (const { start, end } of spans) {
      pieces.push({ ids: this.#ids(text.slice(at, start)), isLabelled: false });
      pieces.push({ ids: this.#ids(text.slice(start, end)), isLabelled: true });
      at = end;
    }
    pieces.push({ ids: this.#ids(text.slice(at)), isLabelled: false });
    return pieces;
  }
}

function dropReasonOf(
  content: RowContent,
  labelledTokens: number,
  labelledBeforeCut: number,
): DropReason | null {
  if (labelledTokens > 0) return null;
  if (labelledBeforeCut > 0) return 'prompt-fills-max-length';
  const hasAnswer = content.kind !== 'messages' || content.messages.some(({ role }) => role === 'assistant');
  return hasAnswer ? 'no-labelled-token' : 'no-assistant-message';
}

/**
 * Makes the function that turns rows into token ids and labels. Prompt and answer are tokenised apart and joined, then
 * cut to the first `maxLength` ids. Rows of the format `text` take no template: everything is labelled.
 * Throws WeftError for a row that the template cannot word, and for a tokenizer without an end token.
 */
export function createRowEncoder(options: EncodeOptions): (row: DatasetRow) => EncodedRow {
  checkMaxLength(options.maxLength);
  const pieces = new RowPieces(options.tokenizer, options.template);
  return (row) => {
    const joined = joinPieces(pieces.of(row), options.maxLength);
    const { ids, labels, labelledTokens, isCut, labelledBeforeCut } = joined;
    const dropReason = dropReasonOf(row.content, labelledTokens, labelledBeforeCut);
    return { ids, labels, labelledTokens, isCut, dropReason };
  };
}

/** One row; for many rows make an encoder once. */
export function encodeRow(row: DatasetRow, options: EncodeOptions): EncodedRow {
  return createRowEncoder(options)(row);
}

/** A question to which the model is to find the answer. */
export type PromptInput =
  | { readonly instruction: string; readonly input?: string | undefined }
  | { readonly messages: readonly ChatMessage[] };

/** The ids before the answer, exactly as training saw them: what generation starts from. */
export function encodePrompt(prompt: PromptInput, options: Omit<EncodeOptions, 'maxLength'>): Int32Array {
  const { tokenizer, template } = options;
  const pieces = new RowPieces(tokenizer, template);
  if (template === 'chat') {
    const messages =
      'messages' in prompt
        ? prompt.messages
        : [userMessage(joinInstruction(prompt.instruction, prompt.input ?? ''))];
    const text = tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true });
    return Int32Array.from(tokenizer.encode(text, { addSpecialTokens: false }));
  }
  if ('messages' in prompt) {
    throw datasetError({
      code: 'DATASET_TEMPLATE_UNFIT',
      message: `a conversation needs the template chat, not ${template}`,
      field: 'template',
      value: template,
      remedy: 'Use the template chat.',
    });
  }
  const { instruction, input = '' } = prompt;
  const text =
    template === 'none' ? joinInstruction(instruction, input) : humanAssistantPrompt(instruction, input);
  return Int32Array.from(pieces.first(text));
}
