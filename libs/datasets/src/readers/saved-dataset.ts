import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { asFileError, datasetError } from '../errors.ts';
import { columnarSource } from './columnar-source.ts';
import type { RawRow, ReadOptions, RowSource } from './row-source.ts';

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const largestStateBytes = 16 * 1024 * 1024;

async function readJsonObject(path: string): Promise<Record<string, unknown>> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw asFileError(error, path);
  });
  let value: unknown;
  if (size <= largestStateBytes) {
    const text = await readFile(path, 'utf8');
    try {
      value = JSON.parse(text);
    } catch {
      value = undefined;
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badFolder(path, 'is no JSON object');
  }
  return value as Record<string, unknown>;
}

function badFolder(path: string, what: string): Error {
  return datasetError({
    code: 'DATASET_BAD_FOLDER',
    message: `${path} ${what}`,
    field: path,
    remedy: 'Write the folder again with save_to_disk of Hugging Face datasets.',
  });
}

/** `state.json` names the files; a name may not lead out of the folder. */
function dataFilesOf(state: Readonly<Record<string, unknown>>, statePath: string): readonly string[] {
  const listed = state['_data_files'];
  if (!Array.isArray(listed)) throw badFolder(statePath, 'has no list _data_files');
  if (state['_indices_data_files'] !== undefined && state['_indices_data_files'] !== null) {
    throw badFolder(statePath, 'selects rows by an index file (_indices_data_files), which is not supported');
  }
  return listed.map((entry: unknown) => {
    const name =
      typeof entry === 'object' && entry !== null && 'filename' in entry ? entry.filename : undefined;
    if (typeof name !== 'string' || name === '' || name !== basename(name) || name === '..') {
      throw badFolder(statePath, `has the bad file name ${JSON.stringify(name)} in _data_files`);
    }
    return name;
  });
}

async function refuseSplits(folder: string): Promise<never> {
  const path = join(folder, 'dataset_dict.json');
  const listed = (await readJsonObject(path))['splits'];
  const splits = Array.isArray(listed) ? listed.filter((name) => typeof name === 'string') : [];
  throw datasetError({
    code: 'DATASET_HAS_SPLITS',
    message: `${folder} holds several splits: ${splits.join(', ')}`,
    field: folder,
    remedy: `Name the folder of one split, such as ${join(folder, splits[0] ?? 'train')}.`,
  });
}

/** A folder that `save_to_disk` of Hugging Face datasets wrote: state.json, dataset_info.json and Arrow streams. */
export async function savedDatasetSource(folder: string, signal?: AbortSignal): Promise<RowSource> {
  if (await exists(join(folder, 'dataset_dict.json'))) return refuseSplits(folder);
  const statePath = join(folder, 'state.json');
  if (!(await exists(statePath))) throw badFolder(folder, 'is a folder without a state.json');
  const state = await readJsonObject(statePath);
  const paths = dataFilesOf(state, statePath).map((name) => join(folder, name));
  const first = paths[0] === undefined ? undefined : await columnarSource('arrow', paths[0], { signal });

  async function* rows(options: ReadOptions = {}): AsyncGenerator<RawRow, void, void> {
    for (const path of paths) {
      const source = await columnarSource('arrow', path, { signal: options.signal });
      yield* source.rows(options);
    }
  }
  return { kind: 'arrow', path: folder, columns: first?.columns ?? [], rows };
}
