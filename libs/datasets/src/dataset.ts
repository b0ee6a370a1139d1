import { datasetError } from './errors.ts';
import {
  type ColumnMap,
  checkColumnMap,
  columnsOfFormat,
  type DatasetFormat,
  detectFormat,
  formatFields,
  missingColumn,
} from './formats/format.ts';
import { createRowParser } from './formats/parse-row.ts';
import type { DatasetRow } from './formats/row.ts';
import { openSource } from './readers/open-source.ts';
import type { FileKind, RowSource } from './readers/row-source.ts';

export interface OpenDatasetOptions {
  /** A file, or a folder that `save_to_disk` wrote. Messages show it as given. */
  readonly path: string;
  /** Detected from the columns where it is left out. */
  readonly format?: DatasetFormat | undefined;
  readonly columns?: ColumnMap | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rows of one format; each iteration reads the file from the start with bounded memory. */
export interface Dataset {
  readonly path: string;
  readonly fileKind: FileKind;
  readonly format: DatasetFormat;
  readonly isFormatDetected: boolean;
  /** Throws a WeftError naming file and line for the first row that is malformed. */
  rows(signal?: AbortSignal): AsyncIterable<DatasetRow>;
  /** Columns met so far that the format does not use, sorted; complete after a whole iteration. */
  extraColumns(): readonly string[];
}

/** More names than a person would read; keys may be arbitrary in JSON. */
const mostExtraColumns = 100;

async function firstRowNames(source: RowSource, signal?: AbortSignal): Promise<readonly string[]> {
  for await (const row of source.rows({ signal })) return Object.keys(row.values);
  throw noRows(source.path);
}

function noRows(path: string): Error {
  return datasetError({
    code: 'DATASET_NO_ROWS',
    message: `${path} holds no rows`,
    field: path,
    remedy: 'Check the path, or write at least one row.',
  });
}

/** A schema settles at once whether a column is there; rows of JSON are checked one by one. */
function checkSchema(source: RowSource, format: DatasetFormat, columns: ColumnMap): void {
  if (source.columns === null) return;
  const needed = new Set([...formatFields[format].required, ...Object.keys(columns)]);
  for (const [field, column] of columnsOfFormat(format, columns)) {
    if (needed.has(field) && !source.columns.includes(column))
      throw missingColumn(source.path, column, source.columns);
  }
}

/**
 * Opens a data set and settles its format. Throws WeftError (kind `invalid`) for a missing or unreadable file, an
 * unknown type, no rows, columns that fit no format, and a mapped column that is not there.
 */
export async function openDataset(options: OpenDatasetOptions): Promise<Dataset> {
  const { path, signal, columns = {} } = options;
  checkColumnMap(columns, options.format);
  const source = await openSource(path, signal);
  const names = source.columns ?? (await firstRowNames(source, signal));
  if (names.length === 0 && source.columns !== null) throw noRows(path);
  const format = options.format ?? detectFormat({ path, names, columns });
  checkSchema(source, format, columns);
  const used = [...columnsOfFormat(format, columns).values()];
  const parse = createRowParser(format, columns);
  const extra = new Set(source.columns?.filter((name) => !used.includes(name)));

  const noteExtras = (values: Readonly<Record<string, unknown>>): void => {
    if (source.columns !== null || extra.size >= mostExtraColumns) return;
    for (const name of Object.keys(values)) if (!used.includes(name)) extra.add(name);
  };

  async function* rows(rowSignal?: AbortSignal): AsyncGenerator<DatasetRow, void, void> {
    let index = 0;
    for await (const raw of source.rows({ signal: rowSignal, only: used })) {
      rowSignal?.throwIfAborted();
      noteExtras(raw.values);
      yield { index: index++, place: raw.place, content: parse(raw) };
    }
    if (index === 0) throw noRows(path);
  }

  return {
    path,
    fileKind: source.kind,
    format,
    isFormatDetected: options.format === undefined,
    rows,
    extraColumns: () => [...extra].sort(),
  };
}
