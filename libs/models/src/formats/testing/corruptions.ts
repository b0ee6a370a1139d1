/** Damaged copies of a small file for fuzz tests, the same ones in every run. */

export interface CorruptionOptions {
  readonly seed: number;
  readonly count: number;
  /** Damage falls on these first bytes. */
  readonly headerBytes: number;
}

type Random = (below: number) => number;

/** Yields `count` copies with bits flipped, bytes or numbers replaced, pieces cut out, doubled or moved. */
export function* corruptions(original: Uint8Array, options: CorruptionOptions): Iterable<Uint8Array> {
  const random = seededRandom(options.seed);
  for (let i = 0; i < options.count; i++) {
    let bytes: Uint8Array = Uint8Array.from(original);
    for (let faults = 1 + random(3); faults > 0; faults--) {
      const damage = kinds[random(kinds.length)] ?? flipBit;
      bytes = damage(bytes, Math.min(options.headerBytes, bytes.length), random);
    }
    yield bytes;
  }
}

/** Mulberry32: small, and good enough to choose places of damage. */
function seededRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below);
  };
}

type Damage = (bytes: Uint8Array, limit: number, random: Random) => Uint8Array;

const flipBit: Damage = (bytes, limit, random) => {
  const at = random(limit);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  return bytes;
};

const replaceByte: Damage = (bytes, limit, random) => {
  bytes[random(limit)] = random(256);
  return bytes;
};

/** Lengths, counts and offsets are such numbers: extremes and small values are what breaks parsers. */
const replaceNumber: Damage = (bytes, limit, random) => {
  const extremes = [
    0n,
    1n,
    2n,
    255n,
    65_535n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  ];
  const value = extremes[random(extremes.length)] ?? 0n;
  const at = random(limit - 8);
  if (at + 8 > bytes.length) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (random(2) === 0) view.setBigUint64(at, value, true);
  else view.setUint32(at, Number(value & 0xffff_ffffn), true);
  return bytes;
};

const cutEnd: Damage = (bytes, _limit, random) => bytes.slice(0, random(bytes.length));

const cutOut: Damage = (bytes, limit, random) => {
  const from = random(limit);
  const to = from + random(32);
  return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(to)]);
};

const double: Damage = (bytes, limit, random) => {
  const from = random(limit);
  const to = from + random(64);
  return Uint8Array.from([...bytes.subarray(0, to), ...bytes.subarray(from)]);
};

const kinds: readonly Damage[] = [flipBit, replaceByte, replaceNumber, cutEnd, cutOut, double];
