import { setImmediate } from 'node:timers/promises';
import type { Dataset } from '../dataset.ts';
import { datasetError } from '../errors.ts';
import type { DatasetFormat } from '../formats/format.ts';
import { createRowEncoder, type DropReason, type EncodeOptions } from './encode-row.ts';
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

/** Tokenising is synchronous; timers and signals get their turn after this many rows. */
const rowsPerTurn = 128;

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

/**
 * Encodes all rows into packed storage. Rows without a labelled token are dropped and counted.
 * Throws WeftError for a malformed row, and where no row is left.
 */
export async function encodeDataset(
  dataset: Dataset,
  options: EncodeDatasetOptions,
): Promise<EncodedDataset> {
  const encode = createRowEncoder(options);
  const builder = new EncodedRowsBuilder();
  const dropped: Partial<Record<DropReason, number>> = {};
  let rows = 0;
  let cut = 0;
  let longestRow = 0;
  for await (const row of dataset.rows(options.signal)) {
    if (++rows % rowsPerTurn === 0) {
      await setImmediate();
      options.signal?.throwIfAborted();
    }
    const encoded = encode(row);
    if (encoded.dropReason !== null) {
      dropped[encoded.dropReason] = (dropped[encoded.dropReason] ?? 0) + 1;
      continue;
    }
    if (encoded.isCut) cut++;
    longestRow = Math.max(longestRow, encoded.ids.length);
    builder.append(encoded, row.index);
  }
  if (builder.rowCount === 0) throw nothingLeft(dataset.path, dropped, options.maxLength);
  const packed = builder.finish();
  const report: EncodeReport = {
    path: dataset.path,
    format: dataset.format,
    isFormatDetected: dataset.isFormatDetected,
    rows,
    kept: packed.rowCount,
    dropped,
    cut,
    extraColumns: dataset.extraColumns(),
    tokens: packed.tokenCount,
    labelledTokens: packed.labelledTokenCount,
    longestRow,
  };
  return { rows: packed, report };
}
