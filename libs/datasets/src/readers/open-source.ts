import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { asFileError, datasetError } from '../errors.ts';
import { readChunks } from './chunks.ts';
import { columnarSource } from './columnar-source.ts';
import { csvSource } from './csv.ts';
import { jsonSource } from './json.ts';
import { jsonlSource } from './jsonl.ts';
import type { RowSource } from './row-source.ts';
import { savedDatasetSource } from './saved-dataset.ts';
import { byteOrderMark } from './utf8.ts';

const supported = '.jsonl, .json, .csv, .tsv, .parquet, .arrow, or a folder written by save_to_disk';

async function readHead(path: string, signal?: AbortSignal): Promise<Buffer> {
  for await (const chunk of readChunks(path, signal)) return Buffer.from(chunk);
  return Buffer.alloc(0);
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Many files named .json hold one object a line: their first line is a whole object and more follows. */
function holdsLines(head: Buffer): boolean {
  const text = head.toString('utf8');
  const [first = '', ...rest] = (text.startsWith(byteOrderMark) ? text.slice(1) : text).split('\n');
  return rest.some((line) => line.trim() !== '') && isObjectText(first);
}

const startsWith = (head: Buffer, magic: string): boolean =>
  head.subarray(0, magic.length).toString('latin1') === magic;

/** For a file whose extension says nothing: the first bytes decide. */
function sourceByContent(
  path: string,
  head: Buffer,
  signal?: AbortSignal,
): Promise<RowSource> | RowSource | undefined {
  if (startsWith(head, 'PAR1')) return columnarSource('parquet', path, { signal });
  if (startsWith(head, 'ARROW1') || startsWith(head, '\xff\xff\xff\xff'))
    return columnarSource('arrow', path, { signal });
  const first = head.toString('utf8').replace(byteOrderMark, '').trimStart()[0];
  if (first === '[') return jsonSource(path);
  if (first === '{') return holdsLines(head) ? jsonlSource(path) : jsonSource(path);
  return undefined;
}

/** Opens a file by its extension, else by its first bytes, or a saved folder. Throws WeftError for anything else. */
export async function openSource(path: string, signal?: AbortSignal): Promise<RowSource> {
  const info = await stat(path).catch((error: unknown) => {
    throw asFileError(error, path);
  });
  if (info.isDirectory()) return savedDatasetSource(path, signal);
  switch (extname(path).toLowerCase()) {
    case '.jsonl':
    case '.ndjson':
      return jsonlSource(path);
    case '.json':
      return holdsLines(await readHead(path, signal)) ? jsonlSource(path) : jsonSource(path);
    case '.csv':
      return csvSource(path, { delimiter: ',', signal });
    case '.tsv':
      return csvSource(path, { delimiter: '\t', signal });
    case '.parquet':
      return columnarSource('parquet', path, { signal });
    case '.arrow':
      return columnarSource('arrow', path, { signal });
  }
  const source = await sourceByContent(path, await readHead(path, signal), signal);
  if (source !== undefined) return source;
  throw datasetError({
    code: 'DATASET_UNKNOWN_FILE',
    message: `the type of ${path} is not known, neither by its name nor by its content`,
    field: path,
    remedy: `Supported are ${supported}.`,
  });
}
