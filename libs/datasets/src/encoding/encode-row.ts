import { datasetError } from '../errors.ts';
import type { DatasetRow, RowContent } from '../formats/row.ts';
import { joinPieces, type Piece } from './pieces.ts';
import { createPieceEncoder, textsOfRow } from './row-texts.ts';
import type { RowTokenizer } from './row-tokenizer.ts';
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

function assemble({ content }: DatasetRow, pieces: readonly Piece[], maxLength: number): EncodedRow {
  const { ids, labels, labelledTokens, isCut, labelledBeforeCut } = joinPieces(pieces, maxLength);
  const dropReason = dropReasonOf(content, labelledTokens, labelledBeforeCut);
  return { ids, labels, labelledTokens, isCut, dropReason };
}

/**
 * Makes the function that turns rows into token ids and labels. Prompt and answer are tokenised apart and joined, then
 * cut to the first `maxLength` ids. Rows of the format `text` take no template: everything is labelled.
 * Throws WeftError for a row that the template cannot word, and for a tokenizer without an end token.
 */
export function createRowEncoder(
  options: EncodeOptions,
): (rows: readonly DatasetRow[]) => readonly EncodedRow[] {
  const { tokenizer, template, maxLength } = options;
  checkMaxLength(maxLength);
  const encodePieces = createPieceEncoder(tokenizer);
  return (rows) => {
    const texts = rows.map((row) => textsOfRow(row, template, tokenizer));
    const pieces = encodePieces(texts.flat());
    let at = 0;
    return rows.map((row, index) => {
      const start = at;
      at += texts[index]?.length ?? 0;
      return assemble(row, pieces.slice(start, at), maxLength);
    });
  };
}

/** One row; for many rows make an encoder once and give it some dozens at a time. */
export function encodeRow(row: DatasetRow, options: EncodeOptions): EncodedRow {
  return createRowEncoder(options)([row])[0] as EncodedRow;
}
