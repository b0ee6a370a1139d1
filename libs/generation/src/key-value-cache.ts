import type { Session } from '@weft/engine';

/** Keys and values of virtual tokens, per layer [tokens, features], as they stand in a cache. */
export interface PrefixValues {
  readonly tokens: number;
  readonly layers: readonly { readonly keys: Float32Array; readonly values: Float32Array }[];
}

export interface KeyValueCacheOptions {
  readonly layers: number;
  readonly keyValueFeatures: number;
  readonly slots: number;
  /** Rows of one slot: virtual tokens, prompt and answer. */
  readonly slotRows: number;
  readonly prefix: PrefixValues | null;
}

/** One contiguous slot per sequence; a prefix is written into every slot once and stays there. */
export class KeyValueCache {
  readonly rows: number;
  readonly prefixTokens: number;
  readonly #layers: readonly { readonly keys: Float32Array; readonly values: Float32Array }[];
  readonly #slotRows: number;
  readonly #free: number[];

  constructor(options: KeyValueCacheOptions) {
    const { slots, slotRows, keyValueFeatures, prefix } = options;
    this.rows = slots * slotRows;
    this.prefixTokens = prefix?.tokens ?? 0;
    this.#slotRows = slotRows;
    this.#free = Array.from({ length: slots }, (_, slot) => slots - 1 - slot);
    this.#layers = Array.from({ length: options.layers }, (_, layer) => {
      const keys = new Float32Array(this.rows * keyValueFeatures);
      const values = new Float32Array(this.rows * keyValueFeatures);
      const fixed = prefix?.layers[layer];
      for (let slot = 0; fixed !== undefined && slot < slots; slot++) {
        keys.set(fixed.keys, slot * slotRows * keyValueFeatures);
        values.set(fixed.values, slot * slotRows * keyValueFeatures);
      }
      return { keys, values };
    });
  }

  bind(session: Session): void {
    this.#layers.forEach(({ keys, values }, layer) => {
      session.bind(`cache.${layer}.keys`, keys);
      session.bind(`cache.${layer}.values`, values);
    });
  }

  firstRow(slot: number): number {
    return slot * this.#slotRows;
  }

  acquire(): number {
    const slot = this.#free.pop();
    if (slot === undefined) throw new RangeError('no slot of the cache is free');
    return slot;
  }

  release(slot: number): void {
    this.#free.push(slot);
  }
}
