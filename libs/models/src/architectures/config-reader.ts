/** Reads fields of a `config.json` with errors that name the field, the value and the file. */
import { WeftError } from '@weft/errors';
import type { JsonObject } from '../formats/json-file.ts';

export class ConfigReader {
  readonly json: JsonObject;
  readonly path: string;

  constructor(json: JsonObject, path: string) {
    this.json = json;
    this.path = path;
  }

  integer(field: string, fallback?: number): number {
    const value = this.#present(field, fallback);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < 2 ** 31)
      return value;
    throw this.invalid(field, 'must be a positive whole number');
  }

  number(field: string, fallback?: number): number {
    const value = this.#present(field, fallback);
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw this.invalid(field, 'must be a positive number');
  }

  boolean(field: string, fallback: boolean): boolean {
    const value = this.#present(field, fallback);
    if (typeof value === 'boolean') return value;
    throw this.invalid(field, 'must be true or false');
  }

  string(field: string, fallback?: string): string {
    const value = this.#present(field, fallback);
    if (typeof value === 'string') return value;
    throw this.invalid(field, 'must be a string');
  }

  has(field: string): boolean {
    return (this.json[field] ?? null) !== null;
  }

  object(field: string): ConfigReader | null {
    const value = this.json[field] ?? null;
    if (value === null) return null;
    if (typeof value !== 'object' || Array.isArray(value)) throw this.invalid(field, 'must be an object');
    return new ConfigReader(value as JsonObject, this.path);
  }

  strings(field: string): readonly string[] | null {
    const value = this.json[field] ?? null;
    if (value === null) return null;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.invalid(field, 'must be a list of strings');
  }

  numbers(field: string): readonly number[] | null {
    const value = this.json[field] ?? null;
    if (value === null) return null;
    if (Array.isArray(value) && value.every((item) => typeof item === 'number' && item > 0)) return value;
    throw this.invalid(field, 'must be a list of positive numbers');
  }

  invalid(field: string, problem: string): WeftError {
    const value = this.json[field];
    const shown =
      typeof value === 'object' ? JSON.stringify(value).slice(0, 80) : (value as string | number | undefined);
    return new WeftError({
      code: 'MODEL_CONFIG_INVALID',
      kind: 'invalid',
      message: `${this.path}: ${field} ${problem}, found ${String(shown)}`,
      field,
      value: shown,
      remedy: 'use the config.json that belongs to the model',
    });
  }

  #present(field: string, fallback: string | number | boolean | undefined): unknown {
    const value = this.json[field] ?? fallback;
    if (value !== undefined) return value;
    throw this.invalid(field, 'is missing');
  }
}
