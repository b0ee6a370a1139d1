/** Reads an adapter's tensors and checks that they are exactly those that its parameters ask for. */
import { WeftError } from '@weft/errors';
import { type BaseModel, readTensor, type SafetensorsHeader, type TensorEntry } from '@weft/models';
import type { Adapter } from '../adapter.ts';
import type { BaseLayout } from '../module-sites.ts';
import { embeddingBases, requireSameBase } from './embedding-base.ts';
import { type ParameterFile, transpose } from './saved-adapter.ts';

export interface ReadTensorsOptions {
  readonly adapter: Adapter;
  readonly model: BaseModel;
  readonly layout: BaseLayout;
  readonly signal: AbortSignal;
}

/** By parameter name, in the engine's layout. */
export async function readAdapterTensors(
  header: SafetensorsHeader,
  { adapter, model, layout, signal }: ReadTensorsOptions,
): Promise<ReadonlyMap<string, Float32Array>> {
  const left = new Map(header.tensors);
  const planned = adapter.parameters.flatMap(({ name, file }) => (file === null ? [] : [{ name, file }]));
  const found = planned.map(({ name, file }) => ({ name, file, entry: take(left, file, header.path) }));
  for (const { key, shape, tensor } of embeddingBases(adapter, layout)) {
    const entry = left.get(key);
    if (entry === undefined) continue;
    requireShape(entry, shape);
    await requireSameBase(entry, { model, tensor, signal });
    left.delete(key);
  }
  for (const name of left.keys()) throw unknown(name, header.path);
  const values = new Map<string, Float32Array>();
  for (const { name, file, entry } of found) {
    const stored = await readTensor(entry, signal);
    requireFinite(entry, stored);
    const [rows = 1, columns = 1] = file.shape;
    values.set(name, file.transposed ? transpose(stored, rows, columns) : stored);
  }
  return values;
}

function take(left: Map<string, TensorEntry>, file: ParameterFile, path: string): TensorEntry {
  const entry = left.get(file.key);
  if (entry === undefined) throw missing(file.key, path);
  requireShape(entry, file.shape);
  left.delete(file.key);
  return entry;
}

function requireShape(entry: TensorEntry, shape: readonly number[]): void {
  if (entry.shape.join() === shape.join()) return;
  throw new WeftError({
    code: 'ADAPTER_SHAPE_MISMATCH',
    kind: 'invalid',
    message: `${entry.path}: ${entry.name} is [${entry.shape.join(', ')}], the model and the config ask for [${shape.join(', ')}]`,
    field: entry.name,
    value: `[${entry.shape.join(', ')}]`,
    remedy: 'use the base model that the adapter was trained on',
  });
}

function requireFinite(entry: TensorEntry, values: Float32Array): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return;
  throw new WeftError({
    code: 'ADAPTER_NOT_FINITE',
    kind: 'invalid',
    message: `${entry.path}: value ${at} of ${entry.name} is ${values[at]}`,
    field: entry.name,
    value: String(values[at]),
    remedy: 'train the adapter again; its training diverged',
  });
}

function missing(key: string, path: string): WeftError {
  return new WeftError({
    code: 'ADAPTER_TENSOR_MISSING',
    kind: 'invalid',
    message: `${path} lacks the tensor ${key}, which its config and the model ask for`,
    field: key,
    remedy: 'use the base model that the adapter was trained on, or copy the adapter again',
  });
}

function unknown(key: string, path: string): WeftError {
  return new WeftError({
    code: 'ADAPTER_TENSOR_UNKNOWN',
    kind: 'invalid',
    message: `${path} holds the tensor ${key}, which its config and the model have no place for`,
    field: key,
    remedy: 'use the base model that the adapter was trained on, with the config that belongs to it',
  });
}
