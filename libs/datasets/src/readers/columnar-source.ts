import type { ColumnarKind } from './columnar/columnar-file.ts';
import { defaultLimits, IsolatedReader, type IsolationLimits } from './columnar/isolated-reader.ts';
import type { RawRow, ReadOptions, RowSource } from './row-source.ts';

export interface ColumnarOptions {
  readonly signal?: AbortSignal | undefined;
  readonly limits?: IsolationLimits | undefined;
}

/** A Parquet file, or an Arrow IPC file or stream. Reads the schema at once. */
export async function columnarSource(
  kind: ColumnarKind,
  path: string,
  { signal, limits = defaultLimits }: ColumnarOptions = {},
): Promise<RowSource> {
  await using firstLook = new IsolatedReader({ kind, path, only: null }, limits);
  const schema = await firstLook.next(signal);
  const columns = schema.type === 'columns' ? schema.columns : [];

  async function* rows(options: ReadOptions = {}): AsyncGenerator<RawRow, void, void> {
    await using reader = new IsolatedReader({ kind, path, only: options.only ?? null }, limits);
    let number = 0;
    for (;;) {
      const answer = await reader.next(options.signal);
      if (answer.type === 'end') return;
      if (answer.type === 'columns') continue;
      for (const values of answer.rows) yield { place: `${path} row ${++number}`, values };
    }
  }
  return { kind, path, columns, rows };
}
