/** One row as the file has it, before any format is applied. */
export interface RawRow {
  /** Where it stands, for messages: `train.jsonl:12` (line) or `train.parquet row 12` (from 1). */
  readonly place: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export type FileKind = 'jsonl' | 'json' | 'csv' | 'parquet' | 'arrow';

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Read no other columns, where the file allows to skip them. */
  readonly only?: readonly string[] | undefined;
}

/** A file or folder of rows that can be read any number of times, each time from the start and with bounded memory. */
export interface RowSource {
  readonly kind: FileKind;
  readonly path: string;
  /** The columns where the file has a schema or header, null where every row brings its own keys. */
  readonly columns: readonly string[] | null;
  /** Throws a WeftError naming the place for anything that is no row. */
  rows(options?: ReadOptions): AsyncIterable<RawRow>;
}

/** A row longer than this is a damaged file or no training data; it would be held in memory whole. */
export const longestRowBytes = 16 * 1024 * 1024;
