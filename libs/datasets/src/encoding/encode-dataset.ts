import { setImmediate } from 'node:timers/promises';
import type { Dataset } from '../dataset.ts';
import { datasetError } from '../errors.ts';
import type { DatasetFormat } from '../formats/format.ts';
import { createRowEncoder, type DropReason, type EncodedRow, type EncodeOptions } from './encode-row.ts';
import { type EncodedRows, EncodedRowsBuilder } from './encoded-rows.ts';

/** What became of a data set, for the user to read. */
export interface EncodeReport {
  readonly path: string;
  readonly format: DatasetFormat;
  readonly isFormatDetected: boolean;
  /** Rows of the file. */
  readonly rows: number;
  readonly kept: number;
  /** How many rows were dropped for which reason; reasons that did not occur are left out. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** Kept rows that lost tokens at the end. */
  readonly cut: number;
  /** Columns that the format does not use. */
  readonly extraColumns: readonly string[];
  readonly tokens: number;
  readonly labelledTokens: number;
  /** Tokens of the longest kept row. */
  readonly longestRow: number;
}

export interface EncodedDataset {
  readonly rows: EncodedRows;
  readonly report: EncodeReport;
}

export interface EncodeDatasetOptions extends EncodeOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Rows are tokenised in groups, which costs less; between two groups timers and signals get their turn. */
const rowsPerGroup = 128;

const dropWords: Readonly<Record<DropReason, string>> = {
  'prompt-fills-max-length': 'the prompt alone fills the maximum length',
  'no-assistant-message': 'the conversation has no assistant message',
  'no-labelled-token': 'nothing in the row is to be learnt',
};

function nothingLeft(path: string, dropped: EncodeReport['dropped'], maxLength: number): Error {
  const reasons = Object.entries(dropped).map(
    ([reason, count]) => `${count} × ${dropWords[reason as DropReason]}`,
  );
  return datasetError({
    code: 'DATASET_NOTHING_TO_LEARN',
    message: `no row of ${path} has a token to learn: ${reasons.join(', ')}`,
    field: path,
    value: maxLength,
    remedy: `Raise the maximum length of ${maxLength} tokens, or check which columns hold prompt and answer.`,
  });
}

/** What has been met so far; the report is made of it. */
class Tally {
  readonly builder = new EncodedRowsBuilder();
  readonly dropped: Partial<Record<DropReason, number>> = {};
  rows = 0;
  cut = 0;
  longestRow = 0;

  add(encoded: EncodedRow, index: number): void {
    this.rows++;
    if (encoded.dropReason !== null) {
      this.dropped[encoded.dropReason] = (this.dropped[encoded.dropReason] ?? 0) + 1;
      return;
    }
    if (encoded.isCut) this.cut++;
    this.longestRow = Math.max(this.longestRow, encoded.ids.length);
    this.builder.append(encoded, index);
  }
}

async function* inGroups<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[], void, void> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < rowsPerGroup) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/**
 * Encodes all rows into packed storage. Rows without a labelled token are dropped and counted.
 * Throws WeftError for a malformed row, and where no row is left.
 */
export async function encodeDataset(
  dataset: Dataset,
  options: EncodeDatasetOptions,
): Promise<EncodedDataset> {
  const { signal, maxLength } = options;
  const encode = createRowEncoder(options);
  const tally = new Tally();
  for await (const group of inGroups(dataset.rows(signal))) {
    for (const [at, encoded] of encode(group).entries()) tally.add(encoded, group[at]?.index ?? -1);
    await setImmediate();
    signal?.throwIfAborted();
  }
  if (tally.builder.rowCount === 0) throw nothingLeft(dataset.path, tally.dropped, maxLength);
  const rows = tally.builder.finish();
  const report: EncodeReport = {
    path: dataset.path,
    format: dataset.format,
    isFormatDetected: dataset.isFormatDetected,
    rows: tally.rows,
    kept: rows.rowCount,
    dropped: tally.dropped,
    cut: tally.cut,
    extraColumns: dataset.extraColumns(),
    tokens: rows.tokenCount,
    labelledTokens: rows.labelledTokenCount,
    longestRow: tally.longestRow,
  };
  return { rows, report };
}
