import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type RowGroup,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { datasetError } from '../../errors.ts';
import type { ByteSource } from './byte-source.ts';
import type { ColumnarFile } from './columnar-file.ts';

/** A row group is held whole; writers make them of a few megabytes to 128 MiB. */
const largestRowGroupBytes = 1024 * 1024 * 1024;
const largestFooterBytes = 64 * 1024 * 1024;

function tooLarge(path: string, what: string, bytes: number): Error {
  return datasetError({
    code: 'DATASET_PARQUET_TOO_LARGE',
    message: `${path} has ${what} of ${bytes} bytes`,
    field: path,
    value: bytes,
    remedy: 'Write the file again with smaller row groups (row_group_size of pyarrow).',
  });
}

/** Page headers come from the file: no page may claim more than a row group may hold. */
const boundedCompressors: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, outputLength: number): Uint8Array => {
      if (outputLength > largestRowGroupBytes) throw new RangeError(`a page of ${outputLength} bytes`);
      return decompress(input, outputLength);
    },
  ]),
);

function asyncBuffer(source: ByteSource): AsyncBuffer {
  return {
    byteLength: source.byteLength,
    slice(start, end = source.byteLength) {
      return source.read(start < 0 ? source.byteLength + start : start, end).buffer;
    },
  };
}

async function readFooter(source: ByteSource, path: string): Promise<FileMetaData> {
  if (source.byteLength < 12) throw new RangeError(`it has only ${source.byteLength} bytes`);
  const tail = Buffer.from(source.read(source.byteLength - 8, source.byteLength));
  if (tail.toString('latin1', 4) !== 'PAR1') throw new RangeError('it does not end in PAR1');
  const footerBytes = tail.readUInt32LE(0);
  if (footerBytes > source.byteLength - 8) throw new RangeError(`its footer claims ${footerBytes} bytes`);
  if (footerBytes > largestFooterBytes) throw tooLarge(path, 'a footer', footerBytes);
  return parquetMetadataAsync(asyncBuffer(source), { geoparquet: false });
}

/** The sizes in the footer are claims: what a group unpacks to must fit into memory. */
function checkRowGroup(group: RowGroup, only: readonly string[] | null, path: string): void {
  let bytes = 0;
  for (const { meta_data: column } of group.columns) {
    if (column === undefined) throw new RangeError('a column without metadata');
    const name = column.path_in_schema[0];
    if (only !== null && (name === undefined || !only.includes(name))) continue;
    bytes += Number(column.total_uncompressed_size);
  }
  if (bytes > largestRowGroupBytes) throw tooLarge(path, 'a row group', bytes);
  if (group.num_rows < 0n || group.num_rows > 2n ** 31n)
    throw new RangeError(`a row group of ${group.num_rows} rows`);
}

/** Parquet by row groups: one group, and of it only the columns asked for, is in memory at a time. */
export async function openParquetFile(source: ByteSource, path: string): Promise<ColumnarFile> {
  const metadata = await readFooter(source, path);
  const columns = parquetSchema(metadata).children.map((child) => child.element.name);

  async function* blocks(
    only: readonly string[] | null,
  ): AsyncGenerator<Record<string, unknown>[], void, void> {
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      checkRowGroup(group, only, path);
      const rowEnd = rowStart + Number(group.num_rows);
      const rows = await parquetReadObjects({
        file: asyncBuffer(source),
        metadata,
        rowStart,
        rowEnd,
        compressors: boundedCompressors,
        ...(only === null ? {} : { columns: only.filter((name) => columns.includes(name)) }),
      });
      if (rows.length !== rowEnd - rowStart)
        throw new RangeError(`${rows.length} rows instead of ${group.num_rows}`);
      yield rows;
      rowStart = rowEnd;
    }
  }
  return { columns, blocks };
}
