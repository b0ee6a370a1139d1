/** Repeatable damage to files, for tests of the binary readers. */
export interface SeededBytes {
  /** A copy with one to four bytes changed at or after `from`. */
  damage(bytes: Uint8Array, from?: number): Buffer;
}

/** A linear congruential generator (Numerical Recipes) is enough to choose places and values. */
export function createSeededBytes(seed: number): SeededBytes {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return {
    damage(bytes, from = 0) {
      const copy = Buffer.from(bytes);
      for (let count = 1 + below(4); count > 0; count--) {
        copy[from + below(copy.length - from)] = below(3) === 0 ? 0xff : below(256);
      }
      return copy;
    },
  };
}
