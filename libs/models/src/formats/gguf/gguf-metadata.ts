/** Typed looks into GGUF metadata under the keys of its architecture. */

import { malformed, shorten } from '../file-errors.ts';
import { ggufMalformed } from './gguf-cursor.ts';
import type { GgufHeader } from './gguf-header.ts';
import type { GgufValue } from './gguf-values.ts';

export class GgufMetadata {
  readonly #header: GgufHeader;
  readonly architecture: string;

  constructor(header: GgufHeader) {
    this.#header = header;
    const architecture = header.metadata.get('general.architecture');
    if (typeof architecture !== 'string') throw this.#error('general.architecture', architecture);
    this.architecture = architecture;
  }

  /** The value of `<architecture>.<key>`. */
  get(key: string): GgufValue | undefined {
    return this.#header.metadata.get(this.#full(key));
  }

  text(key: string): string | null {
    const value = this.get(key);
    if (value === undefined || typeof value === 'string') return value ?? null;
    throw this.#error(this.#full(key), value);
  }

  /** A finite number, as the shortest decimal where the file holds single precision. */
  number(key: string): number | null {
    const value = this.get(key);
    if (value === undefined) return null;
    if (typeof value === 'number' && Number.isFinite(value)) return shortestDecimal(value);
    throw this.#error(this.#full(key), value);
  }

  requiredNumber(key: string): number {
    const value = this.number(key);
    if (value === null) throw this.#error(this.#full(key), undefined);
    return value;
  }

  /** A count, at least one. Some files name it per layer; then all layers must agree. */
  count(key: string): number | null {
    const value = this.get(key);
    if (value === undefined) return null;
    const perLayer = value instanceof Uint32Array || value instanceof Int32Array ? [...value] : [value];
    const [first] = perLayer;
    const isUniform = perLayer.every((item) => item === first);
    if (
      isUniform &&
      typeof first === 'number' &&
      Number.isSafeInteger(first) &&
      first >= 1 &&
      first < 2 ** 31
    ) {
      return first;
    }
    throw this.#error(this.#full(key), value);
  }

  requiredCount(key: string): number {
    const value = this.count(key);
    if (value === null) throw this.#error(this.#full(key), undefined);
    return value;
  }

  /** The token that `tokenizer.ggml.<name>_token_id` names, or null. */
  tokenId(name: string): number | null {
    const value = this.#header.metadata.get(`tokenizer.ggml.${name}_token_id`);
    return typeof value === 'number' ? value : null;
  }

  #full(key: string): string {
    return `${this.architecture}.${key}`;
  }

  #error(key: string, value: GgufValue | undefined) {
    const { path } = this.#header;
    if (value === undefined) return malformed(ggufMalformed, `${path} has no ${key}`, { field: key });
    const shown = shorten(String(value));
    return malformed(ggufMalformed, `${path}: ${key} is ${shown}, which is not possible`, {
      field: key,
      value: shown,
    });
  }
}

/** 1e-5 is stored as the nearest single, whose exact value nobody means. */
function shortestDecimal(value: number): number {
  if (Math.fround(value) !== value) return value;
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}
