/** What lies at a path that is to be a model. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '@weft/errors';
import { fileError } from '../formats/file-errors.ts';
import { readJsonObject } from '../formats/json-file.ts';
import type { ModelKind } from './types.ts';

export const wholeWeights = 'model.safetensors';
export const weightIndex = 'model.safetensors.index.json';

/** Throws `FILE_NOT_FOUND`, or `MODEL_PATH_UNKNOWN` where a file is no `.gguf`. */
export async function modelKindAt(path: string): Promise<ModelKind> {
  const found = await statOrThrow(path);
  if (found.isDirectory()) return 'huggingface-folder';
  if (path.toLowerCase().endsWith('.gguf')) return 'gguf';
  throw new WeftError({
    code: 'MODEL_PATH_UNKNOWN',
    kind: 'invalid',
    message: `${path} is neither a folder nor a .gguf file`,
    field: '--model',
    value: path,
    remedy: 'Name a folder with config.json and safetensors weights, or a .gguf file.',
  });
}

/**
 * The files that make a model what it is, absolute: the GGUF file, or `config.json` and the weights of a folder
 * (`model.safetensors`, else the shards that its index names). Throws `MODEL_FOLDER_INCOMPLETE`.
 */
export async function digestedFiles(path: string, signal: AbortSignal): Promise<readonly string[]> {
  if ((await modelKindAt(path)) === 'gguf') return [path];
  const config = join(path, 'config.json');
  if (!(await isFile(config))) throw incomplete(path, 'config.json');
  if (await isFile(join(path, wholeWeights))) return [config, join(path, wholeWeights)];
  const index = join(path, weightIndex);
  if (!(await isFile(index))) throw incomplete(path, `neither ${wholeWeights} nor ${weightIndex}`);
  const shards = shardNames(await readJsonObject(index, signal), index);
  for (const shard of shards) {
    if (!(await isFile(join(path, shard)))) throw incomplete(path, shard);
  }
  return [config, ...shards.map((shard) => join(path, shard))];
}

/** The files that an index of shards names, each once. Throws `MODEL_INDEX_MALFORMED`. */
export function shardNames(index: Readonly<Record<string, unknown>>, path: string): readonly string[] {
  const map = index['weight_map'];
  const names = typeof map === 'object' && map !== null ? Object.values(map) : [];
  const isEachPlain = names.every((name) => typeof name === 'string' && isPlainName(name));
  if (names.length > 0 && isEachPlain) return [...new Set<string>(names)].sort();
  throw new WeftError({
    code: 'MODEL_INDEX_MALFORMED',
    kind: 'invalid',
    message: `${path} does not name safetensors files of its own folder`,
    field: 'weight_map',
    remedy: 'Download the model again; its index is damaged or of another format.',
  });
}

function isPlainName(name: string): boolean {
  return /^\w[\w.+-]*\.safetensors$/.test(name);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function statOrThrow(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    throw fileError(path, 'read', error);
  }
}

function incomplete(path: string, missing: string): WeftError {
  return new WeftError({
    code: 'MODEL_FOLDER_INCOMPLETE',
    kind: 'invalid',
    message: `${path} is no model folder: ${missing.startsWith('neither') ? missing : `no ${missing}`} in it`,
    field: '--model',
    value: path,
    remedy: 'Name a folder with config.json and safetensors weights, or a .gguf file.',
  });
}
