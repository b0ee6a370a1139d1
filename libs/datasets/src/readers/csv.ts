import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { datasetError } from '../errors.ts';
import { readLines } from './lines.ts';
import { longestRowBytes, type RawRow, type ReadOptions, type RowSource } from './row-source.ts';

interface CsvRecord {
  readonly record: readonly string[];
  /** Lines read when the record was complete. */
  readonly info: { readonly lines: number };
}

/** Lines are glued to blocks again, because a stream costs more per write than per byte. */
const blockLength = 64 * 1024;

async function* textBlocks(
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, void> {
  let block = '';
  for await (const line of readLines(path, { signal })) {
    block += line.isTerminated ? `${line.text}\n` : line.text;
    if (block.length < blockLength) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}

const csvRemedies: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH:
    'Give every row as many fields as the header; quote fields that hold the delimiter.',
  CSV_QUOTE_NOT_CLOSED: 'Close the quote; a cut-off file looks like this, too.',
  CSV_MAX_RECORD_SIZE: 'Shorten the row, or close the quote that swallows the rows after it.',
};

function asCsvError(error: unknown, path: string): unknown {
  if (!(error instanceof CsvError)) return error;
  const line = (error as { readonly lines?: unknown }).lines;
  const place = typeof line === 'number' ? `${path}:${line}` : path;
  return datasetError({
    code: 'DATASET_BAD_CSV',
    message: `${place} is not valid CSV: ${error.message}`,
    field: place,
    remedy:
      csvRemedies[error.code] ??
      'Double every quote inside a quoted field, and quote fields that hold quotes.',
    cause: error,
  });
}

async function* records(
  path: string,
  delimiter: string,
  signal?: AbortSignal,
): AsyncGenerator<CsvRecord, void, void> {
  const parser = parse({
    delimiter,
    info: true,
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
    max_record_size: longestRowBytes,
  });
  const input = Readable.from(textBlocks(path, signal));
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  try {
    for await (const record of parser) yield record as CsvRecord;
  } catch (error) {
    throw asCsvError(error, path);
  } finally {
    input.destroy();
    parser.destroy();
  }
}

function checkHeader(names: readonly string[], path: string): readonly string[] {
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw datasetError({
      code: 'DATASET_BAD_CSV',
      message: `${path}:1 names the column "${twice}" twice`,
      field: `${path}:1`,
      value: twice,
      remedy: 'Rename one of the two columns.',
    });
  }
  // Data frames written with their index leave the first name empty.
  return names.map((name, index) => (name === '' ? `column ${index + 1}` : name));
}

/** A record may span lines; its place is the line on which it begins. */
function firstLineOf(row: CsvRecord): number {
  return row.info.lines - row.record.reduce((breaks, field) => breaks + field.split('\n').length - 1, 0);
}

async function readHeader(path: string, delimiter: string, signal?: AbortSignal): Promise<readonly string[]> {
  for await (const { record } of records(path, delimiter, signal)) return checkHeader(record, path);
  return [];
}

export interface CsvOptions {
  readonly delimiter: ',' | '\t';
  readonly signal?: AbortSignal | undefined;
}

/** RFC 4180 with a header line; every value is text. Reads the header at once. */
export async function csvSource(path: string, { delimiter, signal }: CsvOptions): Promise<RowSource> {
  const columns = await readHeader(path, delimiter, signal);
  async function* rows(options: ReadOptions = {}): AsyncGenerator<RawRow, void, void> {
    let isHeader = true;
    for await (const row of records(path, delimiter, options.signal)) {
      if (isHeader) {
        isHeader = false;
        continue;
      }
      const values = Object.fromEntries(columns.map((name, index) => [name, row.record[index]]));
      yield { place: `${path}:${firstLineOf(row)}`, values };
    }
  }
  return { kind: 'csv', path, columns, rows };
}
