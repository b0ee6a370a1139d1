export type ColumnarKind = 'parquet' | 'arrow';

/** An open file of rows in columns, inside the worker that reads it. */
export interface ColumnarFile {
  readonly columns: readonly string[];
  /** All rows in order, in blocks as the file has them; `only` limits the columns, null takes all. */
  blocks(only: readonly string[] | null): AsyncIterable<Iterable<Record<string, unknown>>>;
}
