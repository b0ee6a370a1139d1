import { datasetError, shorten } from '../errors.ts';
import type { RawRow } from '../readers/row-source.ts';
import { type ColumnMap, columnsOfFormat, type DatasetFormat, missingColumn } from './format.ts';
import { parseMessages, parseShareGpt } from './messages.ts';
import type { ChatMessage, RowContent } from './row.ts';

const typeName = (value: unknown): string => {
  if (value === null || value === undefined) return 'empty (null)';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

function wrongType(place: string, column: string, value: unknown): Error {
  return datasetError({
    code: 'DATASET_WRONG_TYPE',
    message: `${place}: column "${column}" is ${typeName(value)}, but must be text`,
    field: place,
    value: value ?? null,
    remedy: `Write text into "${column}", or remove the row.`,
  });
}

function checkText(text: string, place: string, column: string): string {
  if (text.isWellFormed()) return text;
  throw datasetError({
    code: 'DATASET_BAD_ENCODING',
    message: `${place}: column "${column}" has half of a surrogate pair, which is no character: ${shorten(text)}`,
    field: place,
    remedy: 'Remove the broken \\u escape.',
  });
}

/** Turns raw rows into checked content of one format. */
export function createRowParser(format: DatasetFormat, columns: ColumnMap): (row: RawRow) => RowContent {
  const columnOfField = columnsOfFormat(format, columns);

  const readField = (row: RawRow, field: string): { readonly column: string; readonly value: unknown } => {
    const column = columnOfField.get(field) ?? field;
    if (!Object.hasOwn(row.values, column)) throw missingColumn(row.place, column, Object.keys(row.values));
    return { column, value: row.values[column] };
  };
  const text = (row: RawRow, field: string): string => {
    const { column, value } = readField(row, field);
    if (typeof value !== 'string') throw wrongType(row.place, column, value);
    return checkText(value, row.place, column);
  };
  const optionalText = (row: RawRow, field: string): string => {
    const column = columnOfField.get(field) ?? field;
    const isMapped = Object.hasOwn(columns, field);
    if (!isMapped && !Object.hasOwn(row.values, column)) return '';
    return readField(row, field).value === null ? '' : text(row, field);
  };
  const conversation = (row: RawRow, field: string, parse: typeof parseMessages): readonly ChatMessage[] => {
    const { column, value } = readField(row, field);
    const messages = parse(value, { place: row.place, column });
    for (const message of messages) checkText(message.content, row.place, column);
    return messages;
  };

  switch (format) {
    case 'messages':
      return (row) => ({ kind: 'messages', messages: conversation(row, 'messages', parseMessages) });
    case 'sharegpt':
      return (row) => ({ kind: 'messages', messages: conversation(row, 'conversations', parseShareGpt) });
    case 'prompt-completion':
      return (row) => ({
        kind: 'prompt-completion',
        prompt: text(row, 'prompt'),
        completion: text(row, 'completion'),
      });
    case 'alpaca':
      return (row) => ({
        kind: 'alpaca',
        instruction: text(row, 'instruction'),
        input: optionalText(row, 'input'),
        output: text(row, 'output'),
      });
    case 'text':
      return (row) => ({ kind: 'text', text: text(row, 'text') });
  }
}
