import { type RecordBatch, RecordBatchReader, StructRow, Vector } from 'apache-arrow';
import { datasetError } from '../../errors.ts';
import { arrowFrames } from './arrow-frames.ts';
import type { ByteSource } from './byte-source.ts';
import type { ColumnarFile } from './columnar-file.ts';

/** Arrow's own lists and structs become arrays and objects; text, numbers and bytes are plain already. */
function toPlain(value: unknown): unknown {
  if (value instanceof Vector) return Array.from(value, toPlain);
  if (value instanceof StructRow) {
    return Object.fromEntries(Object.entries(value.toJSON()).map(([name, child]) => [name, toPlain(child)]));
  }
  return value;
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

function asArrowError(error: unknown, path: string): unknown {
  if (!(error instanceof Error && /compressed but codec not found/.test(error.message))) return error;
  return datasetError({
    code: 'DATASET_ARROW_COMPRESSED',
    message: `${path} has compressed record batches, which are not supported`,
    field: path,
    remedy: 'Write the file without compression, or as Parquet.',
    cause: error,
  });
}

/** An Arrow IPC file or stream, one record batch in memory at a time. */
export async function openArrowFile(source: ByteSource, path: string): Promise<ColumnarFile> {
  const reader: RecordBatchReader = await RecordBatchReader.from(arrowFrames(source));
  await reader.open({ autoDestroy: false });
  if (reader.schema === undefined) throw new RangeError('it has no schema');
  const columns = reader.schema.fields.map((field) => String(field.name));

  async function* blocks(
    only: readonly string[] | null,
  ): AsyncGenerator<Iterable<Record<string, unknown>>, void, void> {
    const wanted = columns.filter((name) => only?.includes(name) ?? true);
    try {
      for await (const batch of reader) yield batchRows(batch, wanted);
    } catch (error) {
      throw asArrowError(error, path);
    }
  }
  return { columns, blocks };
}
