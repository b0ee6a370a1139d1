/** The adapters that PEFT wrote, the models they belong to, and what PEFT computed with them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BaseModel,
  openBaseModel,
  readIntegers,
  readJsonObject,
  readSafetensorsHeader,
  readTensor,
} from '@weft/models';
import type { ParameterValues } from '../adapter.ts';
import type { OpenedAdapter } from '../files/open-adapter.ts';

const root = join(import.meta.dirname, '../../../..');

export const signal = new AbortController().signal;

export function fixtureNames(): readonly string[] {
  return readdirSync(join(root, 'libs/peft/fixtures')).sort();
}

export function fixturePath(name: string): string {
  return join(root, 'libs/peft/fixtures', name);
}

export function openFixtureModel(name: string): Promise<BaseModel> {
  const folder = join(root, 'libs/models/fixtures', name);
  const gguf = join(folder, 'model.gguf');
  return openBaseModel(existsSync(gguf) ? gguf : folder, signal);
}

/** The unquantised GGUF of the same model, where there is one. */
export async function openFixtureGguf(name: string): Promise<BaseModel | null> {
  const folder = `${name}-gguf-f32`;
  return existsSync(join(root, 'libs/models/fixtures', folder)) ? openFixtureModel(folder) : null;
}

/** The name of the model that a fixture was made on. */
export async function baseNameOf(name: string): Promise<string> {
  const config = await readJsonObject(join(fixturePath(name), 'adapter_config.json'), signal);
  return String(config['base_model_name_or_path']).split('/').at(-1) ?? '';
}

export interface Golden {
  readonly sequences: readonly { readonly ids: Int32Array; readonly logits: Float32Array }[];
  /** Merged tensors by name, in the file's layout. */
  readonly merged: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;
}

export async function readGolden(name: string): Promise<Golden> {
  const { tensors } = await readSafetensorsHeader(join(fixturePath(name), 'golden.safetensors'), signal);
  const entry = (key: string) => {
    const found = tensors.get(key);
    if (found === undefined) throw new RangeError(`no ${key} in the golden file of ${name}`);
    return found;
  };
  const sequences = [];
  for (let i = 0; tensors.has(`ids.${i}`); i++) {
    const ids = await readIntegers(entry(`ids.${i}`), signal);
    sequences.push({ ids, logits: await readTensor(entry(`logits.${i}`), signal) });
  }
  const merged = new Map();
  for (const [key, tensor] of tensors) {
    if (!key.startsWith('merged.')) continue;
    merged.set(key.slice('merged.'.length), {
      shape: tensor.shape,
      values: await readTensor(tensor, signal),
    });
  }
  return { sequences, merged };
}

export function valuesOf(opened: Pick<OpenedAdapter, 'values'>): ParameterValues {
  return (name) => {
    const values = opened.values.get(name);
    if (values === undefined) throw new RangeError(`there is no parameter '${name}'`);
    return values;
  };
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] ?? 0) - (b[i] ?? 0));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
