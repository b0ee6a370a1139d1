/** Dropout's mask by Philox4x32-10 (Salmon et al. 2011, section 4), in whole integers. */
import { attributeOf, type Reference, required, valueAt } from './matrix.ts';

const wordMask = 0xffffffffn;

type Counter = readonly [bigint, bigint, bigint, bigint];

/** Ten rounds; counter and key are 32-bit words. */
export function philox(counter: Counter, key: readonly [bigint, bigint]): Counter {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const a = c0 * 0xd2511f53n;
    const b = c2 * 0xcd9e8d57n;
    [c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, b & wordMask, (a >> 32n) ^ c3 ^ k1, a & wordMask];
    k0 = (k0 + 0x9e3779b9n) & wordMask;
    k1 = (k1 + 0xbb67ae85n) & wordMask;
  }
  return [c0, c1, c2, c3];
}

/**
 * The 16 random bits of an element: groups of 128 elements are served by 16 blocks; element i of a group takes half
 * i div 16 of block i mod 16, halves counted from the low one of word 0.
 */
function bitsOf(element: number, stream: number, key: readonly [bigint, bigint]): number {
  const within = element % 128;
  const block = BigInt(16 * Math.floor(element / 128) + (within % 16));
  const words = philox([block & wordMask, block >> 32n, BigInt(stream), 0n], key);
  const half = Math.floor(within / 16);
  const word = words[half >> 1] ?? 0n;
  return Number(half % 2 === 0 ? word & 0xffffn : word >> 16n);
}

export const dropout: Reference = (call) => {
  const x = required(call, 0);
  const seed = required(call, 1);
  const probability = attributeOf(call, 'probability');
  const word = (index: number): bigint => BigInt(valueAt(seed.data, index)) & wordMask;
  const key = [word(0), word(1)] as const;
  const threshold = Math.round(probability * 65536);
  const data = Float64Array.from(x.data, (value, index) => {
    const kept = bitsOf(index, attributeOf(call, 'stream'), key) >= threshold;
    return kept ? value / (1 - probability) : 0;
  });
  return [{ ...x, data }];
};
