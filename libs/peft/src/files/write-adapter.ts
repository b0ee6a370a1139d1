/** Writes an adapter's folder as Hugging Face PEFT does. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '@weft/errors';
import { writeFileAtomically, writeSafetensors } from '@weft/models';
import type { Adapter, ParameterValues } from '../adapter.ts';
import type { BaseTensors } from '../base-tensors.ts';
import { encodeAdapterConfig } from './adapter-config.ts';
import { encodeModelCard } from './model-card.ts';

export const configFile = 'adapter_config.json';
export const weightsFile = 'adapter_model.safetensors';

export interface WriteAdapterOptions {
  readonly adapter: Adapter;
  readonly values: ParameterValues;
  /** Read for targeted embeddings, which PEFT saves too, and for PiSSA and OLoRA. */
  readonly base: BaseTensors;
  /** As `base_model_name_or_path`: a name of the hub, or a path. */
  readonly baseModelName: string;
  readonly signal: AbortSignal;
}

/**
 * Writes `adapter_model.safetensors` (fp32), `README.md` and, last, `adapter_config.json`, so that a folder with a config is
 * whole; a config that is there goes first. The folder is made where it is missing; other files in it stay.
 *
 * @throws WeftError `ADAPTER_HAS_NO_FOLDER` for a method whose file is a model; `ADAPTER_NOT_FINITE` naming the tensor;
 * what writing files throws.
 */
export async function writeAdapterFolder(folder: string, options: WriteAdapterOptions): Promise<void> {
  const { adapter, values, base, baseModelName, signal } = options;
  if (adapter.save === null) throw noFolder(adapter);
  const saved = adapter.save({ values, base });
  for (const { key, values: numbers } of saved.tensors) requireFinite(key, numbers);
  signal.throwIfAborted();
  await makeFolder(folder);
  const tensors = saved.tensors.map(({ key, shape, values: data }) => ({
    name: key,
    dtype: 'F32' as const,
    shape,
    data,
  }));
  await writeSafetensors(join(folder, weightsFile), tensors, { signal });
  await writeText(join(folder, 'README.md'), encodeModelCard(baseModelName, saved.config));
  await writeText(join(folder, configFile), encodeAdapterConfig(saved.config, baseModelName));
}

/** An old config goes: without one the folder is no adapter until it is whole again. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await rm(join(folder, configFile), { force: true });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const isFull = code === 'ENOSPC' || code === 'EDQUOT';
    throw new WeftError({
      code: isFull ? 'DISK_FULL' : 'ADAPTER_FOLDER_UNUSABLE',
      kind: isFull ? 'machine' : 'invalid',
      message: `${folder} cannot be written: ${code || String(cause)}`,
      field: folder,
      value: code,
      remedy: isFull ? 'free space on that disk or name another folder' : 'name a folder that you may write',
      cause,
    });
  }
}

function writeText(path: string, text: string): Promise<void> {
  return writeFileAtomically(path, (sink) => sink.write(Buffer.from(text)));
}

function requireFinite(key: string, values: Float32Array): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return;
  throw new WeftError({
    code: 'ADAPTER_NOT_FINITE',
    kind: 'training',
    message: `value ${at} of ${key} is ${values[at]}; the adapter is not written`,
    field: key,
    value: String(values[at]),
    remedy: 'lower the learning rate and train again',
  });
}

function noFolder(adapter: Adapter): WeftError {
  return new WeftError({
    code: 'ADAPTER_HAS_NO_FOLDER',
    kind: 'internal',
    message: `the result of ${adapter.method} is a whole model and not an adapter`,
    field: 'method',
    value: adapter.method,
  });
}
