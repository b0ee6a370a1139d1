/**
 * Entry of the thread in which Parquet and Arrow files are decoded. Their decoders trust the file: a damaged one can
 * make them loop, take memory without end or reject where nobody listens, and here that costs a thread and not the run.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { isWeftError } from '@weft/errors';
import { ByteSource } from './byte-source.ts';
import type { ColumnarFile } from './columnar-file.ts';
import type { WorkerAnswer, WorkerTask } from './protocol.ts';

/** Rows a message: enough to hide the cost of a message, few enough to keep memory flat. */
const rowsPerAnswer = 256;

/** Only the decoder at hand is loaded: that is most of the time a thread takes to start. */
async function openFile({ kind, path }: WorkerTask, source: ByteSource): Promise<ColumnarFile> {
  if (kind === 'parquet') return (await import('./parquet-file.ts')).openParquetFile(source, path);
  return (await import('./arrow-file.ts')).openArrowFile(source, path);
}

async function* answers(task: WorkerTask): AsyncGenerator<WorkerAnswer, void, void> {
  using source = new ByteSource(task.path);
  const file = await openFile(task, source);
  yield { type: 'columns', columns: file.columns };
  let rows: Record<string, unknown>[] = [];
  for await (const block of file.blocks(task.only)) {
    for (const row of block) {
      rows.push(row);
      if (rows.length < rowsPerAnswer) continue;
      yield { type: 'rows', rows };
      rows = [];
    }
  }
  if (rows.length > 0) yield { type: 'rows', rows };
}

function asAnswer(error: unknown): WorkerAnswer {
  if (!isWeftError(error))
    return { type: 'damage', reason: error instanceof Error ? error.message : String(error) };
  const { code, kind, message, field = null, value = null, remedy = null } = error;
  return { type: 'fault', fault: { code, kind, message, field, value, remedy } };
}

if (parentPort !== null) {
  const port = parentPort;
  const source = answers(workerData as WorkerTask);
  port.on('message', () => {
    source.next().then(
      (next) => port.postMessage(next.done === true ? { type: 'end' } : next.value),
      (error: unknown) => port.postMessage(asAnswer(error)),
    );
  });
}
