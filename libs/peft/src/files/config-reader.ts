/** Reads `adapter_config.json` key by key, strictly: what is not understood must say nothing. */
import { WeftError } from '@weft/errors';
import type { JsonObject } from '@weft/models';

/** Keys of every method that say nothing about the adapter's effect. */
const common = [
  'auto_mapping',
  'base_model_name_or_path',
  'inference_mode',
  'peft_type',
  'peft_version',
  'revision',
  'task_type',
];

export class ConfigReader {
  readonly path: string;
  readonly #config: JsonObject;
  readonly #read = new Set<string>(common);
  readonly #warnings: string[] = [];

  constructor(path: string, config: JsonObject) {
    this.path = path;
    this.#config = config;
  }

  /** Null where the key is absent, as PEFT reads its own files. */
  value(key: string): unknown {
    this.#read.add(key);
    return this.#config[key] ?? null;
  }

  number(key: string, fallback: number, isValid: (value: number) => boolean): number {
    const value = this.value(key) ?? fallback;
    if (typeof value === 'number' && isValid(value)) return value;
    throw this.invalid(key, 'a number in range');
  }

  flag(key: string, fallback = false): boolean {
    const value = this.value(key) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw this.invalid(key, 'true or false');
  }

  choice<Name extends string>(key: string, fallback: Name, names: readonly Name[]): Name {
    const value = this.value(key) ?? fallback;
    const name = names.find((candidate) => candidate === value);
    if (name === undefined) throw this.invalid(key, `one of ${names.join(', ')}`);
    return name;
  }

  /** A list of names or one string, null where neither is given. */
  names(key: string): readonly string[] | string | null {
    const value = this.value(key);
    if (value === null || typeof value === 'string') return value;
    if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
    throw this.invalid(key, 'a list of names or one pattern');
  }

  /** A list of names; one string counts as a list of one. */
  list(key: string): readonly string[] | null {
    const names = this.names(key);
    return typeof names === 'string' ? [names] : names;
  }

  /** A list of whole numbers; one number counts as a list of one. */
  indices(key: string): readonly number[] | null {
    const value = this.value(key);
    if (value === null) return null;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.every((index) => Number.isSafeInteger(index) && Number(index) >= 0)) return list.map(Number);
    throw this.invalid(key, 'a list of layer numbers');
  }

  numbers(key: string, isValid: (value: number) => boolean): Readonly<Record<string, number>> {
    const value = this.value(key) ?? {};
    if (typeof value === 'object' && !Array.isArray(value)) {
      const entries = Object.entries(value);
      if (entries.every(([, number]) => typeof number === 'number' && isValid(number))) {
        return Object.fromEntries(entries);
      }
    }
    throw this.invalid(key, 'a map from module patterns to numbers in range');
  }

  /** Keys that are known and do nothing while the features they belong to are off. */
  ignore(keys: readonly string[]): void {
    for (const key of keys) this.#read.add(key);
  }

  /** Refuses, by name, features that change the result and are not supported. */
  refuse(keys: readonly string[]): void {
    for (const key of keys) {
      if (!saysNothing(this.value(key))) throw this.unsupported(key);
    }
  }

  warn(message: string): void {
    this.#warnings.push(message);
  }

  /** Looks at what nothing has asked for: a key that says nothing is a warning, any other is refused. */
  finish(): readonly string[] {
    for (const [key, value] of Object.entries(this.#config)) {
      if (this.#read.has(key)) continue;
      if (!saysNothing(value)) throw this.unsupported(key);
      this.warn(`${this.path}: the unknown key ${key} is ${JSON.stringify(value)} and is ignored`);
    }
    return this.#warnings;
  }

  unsupported(key: string): WeftError {
    return new WeftError({
      code: 'ADAPTER_UNSUPPORTED',
      kind: 'invalid',
      message: `${this.path} uses ${key} (${shown(this.#config[key])}), which is not supported`,
      field: key,
      value: shown(this.#config[key]),
      remedy: 'use an adapter without it, or merge it with the tool that wrote it and use the merged model',
    });
  }

  invalid(key: string, expected: string): WeftError {
    return new WeftError({
      code: 'ADAPTER_CONFIG_INVALID',
      kind: 'invalid',
      message: `${this.path}: ${key} is ${shown(this.#config[key])}; it must be ${expected}`,
      field: key,
      value: shown(this.#config[key]),
      remedy: 'correct the key, or save the adapter again',
    });
  }
}

function saysNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'absent';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
