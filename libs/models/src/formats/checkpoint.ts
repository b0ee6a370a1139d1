/** One way to open a model's files, whatever their format. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isWeftError, WeftError } from '@weft/errors';
import { fileError } from './file-errors.ts';
import { type GgufHeader, readGgufHeader } from './gguf/gguf-header.ts';
import { ggufToHuggingFace } from './gguf/gguf-to-hugging-face.ts';
import { type JsonObject, readJsonObject } from './json-file.ts';
import { readSafetensorsHeader } from './safetensors/safetensors-header.ts';
import { readSafetensorsIndex } from './safetensors/safetensors-index.ts';
import type { TensorEntry, WeightEntry } from './tensor-entry.ts';

export interface Checkpoint {
  /** The folder, or the GGUF file. */
  readonly path: string;
  readonly format: 'safetensors' | 'gguf';
  /** `config.json`, or what stands for it. */
  readonly config: JsonObject;
  /** `generation_config.json` where there is one. */
  readonly generationConfig: JsonObject | null;
  /** By Hugging Face name. */
  readonly tensors: ReadonlyMap<string, WeightEntry>;
  /** The files with the weights. */
  readonly weightFiles: readonly string[];
  /** The header of a GGUF file, which also holds the tokenizer and the chat template. */
  readonly gguf: GgufHeader | null;
}

const singleFile = 'model.safetensors';
const indexFile = 'model.safetensors.index.json';

/**
 * Opens a Hugging Face folder (safetensors, whole or sharded) or a GGUF file. Reads headers alone. Throws
 * `CHECKPOINT_NOT_FOUND` where the path is neither, or what reading its files throws.
 */
export async function openCheckpoint(path: string, signal: AbortSignal): Promise<Checkpoint> {
  return (await isFolder(path)) ? openFolder(path, signal) : openGguf(path, signal);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw fileError(path, 'read', error);
  }
}

async function openGguf(path: string, signal: AbortSignal): Promise<Checkpoint> {
  const gguf = await readGgufHeader(path, signal);
  const { config, tensors } = await ggufToHuggingFace(gguf, signal);
  return { path, format: 'gguf', config, generationConfig: null, tensors, weightFiles: [path], gguf };
}

async function openFolder(path: string, signal: AbortSignal): Promise<Checkpoint> {
  const { tensors, files } = await openWeights(path, signal);
  const entries = [...tensors].map(([name, entry]) => [name, inOrder(entry)] as const);
  return {
    path,
    format: 'safetensors',
    config: await readJsonObject(join(path, 'config.json'), signal),
    generationConfig: await orNull(readJsonObject(join(path, 'generation_config.json'), signal)),
    tensors: new Map(entries),
    weightFiles: files,
    gguf: null,
  };
}

function inOrder(entry: TensorEntry): WeightEntry {
  return { ...entry, transposed: false, unpermuteHeads: 0 };
}

async function openWeights(path: string, signal: AbortSignal) {
  const single = await orNull(readSafetensorsHeader(join(path, singleFile), signal));
  if (single !== null) return { tensors: single.tensors, files: [single.path] };
  const sharded = await orNull(readSafetensorsIndex(join(path, indexFile), signal), join(path, indexFile));
  if (sharded !== null) return sharded;
  throw new WeftError({
    code: 'CHECKPOINT_NOT_FOUND',
    kind: 'invalid',
    message: `${path} holds neither ${singleFile} nor ${indexFile}`,
    field: path,
    remedy: 'Name a folder with safetensors weights, or a .gguf file.',
  });
}

/** Null where the file is not there; with `path`, only where that very file is not. */
async function orNull<Value>(reading: Promise<Value>, path?: string): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    const isAbsent = isWeftError(error) && error.code === 'FILE_NOT_FOUND';
    if (isAbsent && (path === undefined || error.field === path)) return null;
    throw error;
  }
}
