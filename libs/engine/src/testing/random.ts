/** A seeded stream of numbers, so that a failing test fails again. */

/** Numbers in [0, 1) by Marsaglia's xorshift (2003) on 32 bits. */
export function randomStream(seed: number): () => number {
  let state = (seed * 0x9e3779b1) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 8; warmUp++) next();
  return next;
}

/** `count` fp32 numbers in (-magnitude, magnitude). */
export function randomNumbers(count: number, seed: number, magnitude = 1): Float32Array {
  const next = randomStream(seed);
  return Float32Array.from({ length: count }, () => magnitude * (2 * next() - 1));
}

/** `count` whole numbers in [0, limit). */
export function randomIndices(count: number, limit: number, seed: number): Int32Array {
  const next = randomStream(seed);
  return Int32Array.from({ length: count }, () => Math.floor(next() * limit));
}
