/**
 * Everything a run needs to go on exactly: parameters, moments and the step, from which schedule, row order and dropout
 * masks follow. A checkpoint is a folder that appears whole or not at all.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '@weft/errors';
import { readSafetensorsHeader, readTensor, writeSafetensors } from '@weft/models';
import type { FlatParameters } from './flat-parameters.ts';

const stateFile = 'training-state.safetensors';
const recordFile = 'training-state.json';
const prefix = 'step-';

export interface CheckpointRecord {
  readonly step: number;
  /** Everything that shapes the result; a run resumes only under the same. */
  readonly fingerprint: Readonly<Record<string, unknown>>;
}

export interface SaveOptions {
  /** The run's `checkpoints` folder. */
  readonly folder: string;
  readonly record: CheckpointRecord;
  /** How many of the newest to keep. */
  readonly keep: number;
  /** Writes what else belongs into the folder, such as the adapter as it stands. */
  readonly extra: (folder: string) => Promise<void>;
}

/** A save that has begun is brought to its end: it is what an interrupted run goes on from. */
const uninterrupted = new AbortController().signal;

/** Writes `step-N` and removes all but the newest `keep`; gives its path. */
export async function saveCheckpoint(parameters: FlatParameters, options: SaveOptions): Promise<string> {
  const final = join(options.folder, `${prefix}${options.record.step}`);
  const partial = `${final}.partial`;
  await rm(partial, { recursive: true, force: true });
  try {
    await writeState(partial, parameters, options);
    await rm(final, { recursive: true, force: true });
    await rename(partial, final);
  } catch (error) {
    // On a full disk what was begun would only take the room that the next try needs.
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  for (const { path } of (await listCheckpoints(options.folder)).slice(options.keep))
    await rm(path, { recursive: true });
  return final;
}

async function writeState(folder: string, parameters: FlatParameters, options: SaveOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  await options.extra(folder);
  const arrays = {
    parameters: parameters.values,
    firstMoments: parameters.firstMoments,
    secondMoments: parameters.secondMoments,
  };
  const tensors = Object.entries(arrays).map(([name, data]) => ({
    name,
    dtype: 'F32' as const,
    shape: [data.length],
    data,
  }));
  await writeSafetensors(join(folder, stateFile), tensors, { signal: uninterrupted });
  await writeFile(join(folder, recordFile), `${JSON.stringify(options.record, null, 2)}\n`, { flush: true });
}

/** Complete checkpoints, newest first. */
export async function listCheckpoints(
  folder: string,
): Promise<readonly { readonly step: number; readonly path: string }[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return names
    .filter((name) => /^step-\d+$/.test(name))
    .map((name) => ({ step: Number(name.slice(prefix.length)), path: join(folder, name) }))
    .toSorted((a, b) => b.step - a.step);
}

export async function readCheckpointRecord(path: string): Promise<CheckpointRecord> {
  try {
    return JSON.parse(await readFile(join(path, recordFile), 'utf8')) as CheckpointRecord;
  } catch (cause) {
    throw damaged(path, cause);
  }
}

/** Fills parameters and moments. @throws WeftError `CHECKPOINT_DAMAGED`. */
export async function loadCheckpoint(
  path: string,
  parameters: FlatParameters,
  signal: AbortSignal,
): Promise<void> {
  const header = await readSafetensorsHeader(join(path, stateFile), signal);
  const targets = {
    parameters: parameters.values,
    firstMoments: parameters.firstMoments,
    secondMoments: parameters.secondMoments,
  };
  for (const [name, target] of Object.entries(targets)) {
    const entry = header.tensors.get(name);
    if (entry === undefined || entry.shape[0] !== target.length)
      throw damaged(path, `tensor '${name}' does not fit`);
    target.set(await readTensor(entry, signal));
  }
}

function damaged(path: string, cause: unknown): WeftError {
  return new WeftError({
    code: 'CHECKPOINT_DAMAGED',
    kind: 'invalid',
    message: `the checkpoint ${path} cannot be read`,
    field: path,
    remedy: 'remove that folder and resume from the one before, or start anew with --overwrite',
    cause,
  });
}
