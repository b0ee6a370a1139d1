import { type FileHandle, open } from 'node:fs/promises';
import { type RecordBatch, RecordBatchReader, StructRow, Vector } from 'apache-arrow';
import { asDamagedFile, asFileError } from '../errors.ts';
import type { RawRow, ReadOptions, RowSource } from './row-source.ts';

/** Arrow's own lists and structs become arrays and objects; text, numbers and bytes are plain already. */
function toPlain(value: unknown): unknown {
  if (value instanceof Vector) return Array.from(value, toPlain);
  if (value instanceof StructRow) {
    return Object.fromEntries(Object.entries(value.toJSON()).map(([name, child]) => [name, toPlain(child)]));
  }
  return value;
}

interface OpenArrow {
  readonly handle: FileHandle;
  readonly reader: RecordBatchReader;
}

async function openArrow(path: string): Promise<OpenArrow> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw asFileError(error, path);
  });
  try {
    const reader: RecordBatchReader = await RecordBatchReader.from(handle);
    await reader.open({ autoDestroy: false });
    if (reader.schema === undefined) throw new RangeError('no schema');
    return { handle, reader };
  } catch (error) {
    await handle.close();
    throw asDamagedFile(error, path, 'Arrow');
  }
}

function* batchRows(
  batch: RecordBatch,
  wanted: readonly string[],
): Generator<Record<string, unknown>, void, void> {
  const vectors = wanted.map((name) => [name, batch.getChild(name)] as const);
  for (let row = 0; row < batch.numRows; row++) {
    yield Object.fromEntries(vectors.map(([name, vector]) => [name, toPlain(vector?.get(row))]));
  }
}

/** An Arrow IPC file or stream, one record batch in memory at a time. */
export async function arrowSource(path: string): Promise<RowSource> {
  const { handle, reader: firstLook } = await openArrow(path);
  const columns = firstLook.schema.fields.map((field) => String(field.name));
  await handle.close();

  async function* rows(options: ReadOptions = {}): AsyncGenerator<RawRow, void, void> {
    const { handle: opened, reader } = await openArrow(path);
    const wanted = columns.filter((name) => options.only?.includes(name) ?? true);
    let number = 0;
    try {
      for await (const batch of reader) {
        options.signal?.throwIfAborted();
        for (const values of batchRows(batch, wanted)) yield { place: `${path} row ${++number}`, values };
      }
    } catch (error) {
      throw asDamagedFile(error, path, 'Arrow');
    } finally {
      await opened.close();
    }
  }
  return { kind: 'arrow', path, columns, rows };
}
