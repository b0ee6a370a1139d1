import { type FileHandle, open } from 'node:fs/promises';
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
import { asDamagedFile, asFileError, datasetError } from '../errors.ts';
import type { RawRow, ReadOptions, RowSource } from './row-source.ts';

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

/** Page headers come from the file: no page may claim more than its row group can hold. */
const boundedCompressors: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, outputLength: number): Uint8Array => {
      if (outputLength > largestRowGroupBytes) throw new RangeError(`a page of ${outputLength} bytes`);
      return decompress(input, outputLength);
    },
  ]),
);

function byteRange(handle: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const from = start < 0 ? byteLength + start : start;
      if (!(from >= 0 && end >= from && end <= byteLength)) {
        throw new RangeError(`bytes ${from} to ${end} of a file of ${byteLength}`);
      }
      const bytes = new ArrayBuffer(end - from);
      let done = 0;
      while (done < bytes.byteLength) {
        const { bytesRead } = await handle.read(
          new Uint8Array(bytes, done),
          0,
          bytes.byteLength - done,
          from + done,
        );
        if (bytesRead === 0) throw new RangeError('the file ended while it was being read');
        done += bytesRead;
      }
      return bytes;
    },
  };
}

async function readFooter(file: AsyncBuffer, path: string): Promise<FileMetaData> {
  if (file.byteLength < 12) throw new RangeError(`only ${file.byteLength} bytes`);
  const footerBytes = new DataView(await file.slice(file.byteLength - 8, file.byteLength - 4)).getUint32(
    0,
    true,
  );
  if (footerBytes > largestFooterBytes) throw tooLarge(path, 'a footer', footerBytes);
  return parquetMetadataAsync(file, { geoparquet: false });
}

/** The sizes in the footer are claims: what a group unpacks to must fit into memory. */
function checkRowGroup(group: RowGroup, only: readonly string[] | undefined, path: string): void {
  let bytes = 0;
  for (const { meta_data: column } of group.columns) {
    if (column === undefined) throw new RangeError('a column without metadata');
    const name = column.path_in_schema[0];
    if (only !== undefined && (name === undefined || !only.includes(name))) continue;
    bytes += Number(column.total_uncompressed_size);
  }
  if (bytes > largestRowGroupBytes) throw tooLarge(path, 'a row group', bytes);
  if (group.num_rows < 0n || group.num_rows > 2n ** 31n)
    throw new RangeError(`a row group of ${group.num_rows} rows`);
}

interface OpenParquet {
  readonly handle: FileHandle;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
}

async function openParquet(path: string): Promise<OpenParquet> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw asFileError(error, path);
  });
  try {
    const file = byteRange(handle, (await handle.stat()).size);
    return { handle, file, metadata: await readFooter(file, path) };
  } catch (error) {
    await handle.close();
    throw asDamagedFile(error, path, 'Parquet');
  }
}

/** Parquet by row groups: one group, and of it only the columns asked for, is in memory at a time. */
export async function parquetSource(path: string): Promise<RowSource> {
  const { handle, metadata: firstLook } = await openParquet(path);
  await handle.close();
  let columns: readonly string[];
  try {
    columns = parquetSchema(firstLook).children.map((child) => child.element.name);
  } catch (error) {
    throw asDamagedFile(error, path, 'Parquet');
  }

  async function* rows(options: ReadOptions = {}): AsyncGenerator<RawRow, void, void> {
    const { handle: opened, file, metadata } = await openParquet(path);
    try {
      let rowStart = 0;
      for (const group of metadata.row_groups) {
        options.signal?.throwIfAborted();
        checkRowGroup(group, options.only, path);
        const rowEnd = rowStart + Number(group.num_rows);
        const wanted = options.only?.filter((name) => columns.includes(name));
        const read = await parquetReadObjects({
          file,
          metadata,
          rowStart,
          rowEnd,
          compressors: boundedCompressors,
          ...(wanted === undefined ? {} : { columns: wanted }),
        });
        if (read.length !== rowEnd - rowStart)
          throw new RangeError(`${read.length} rows instead of ${group.num_rows}`);
        for (const [index, values] of read.entries()) {
          yield { place: `${path} row ${rowStart + index + 1}`, values: values as Record<string, unknown> };
        }
        rowStart = rowEnd;
      }
    } catch (error) {
      throw asDamagedFile(error, path, 'Parquet');
    } finally {
      await opened.close();
    }
  }
  return { kind: 'parquet', path, columns, rows };
}
