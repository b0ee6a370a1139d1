/** The strings on which tokenizers are compared: `tools/oracle/tokenization/varied_strings.py` makes the same ones. */

import { readFileSync } from 'node:fs';

interface Parts {
  readonly words: readonly string[];
  readonly joints: readonly string[];
  readonly soup: readonly string[];
  readonly specials: readonly string[];
  /** First and last code point. */
  readonly ranges: readonly (readonly [number, number])[];
}

const parts = JSON.parse(
  readFileSync(new URL('../../fixtures/varied-strings.json', import.meta.url), 'utf8'),
) as Parts;

/** Mulberry32: integers only, so that every language draws the same. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(bound: number): number {
    return Math.floor((this.#next() * bound) / 2 ** 32);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
}

function character(random: Random): string {
  const [first, last] = random.pick(parts.ranges);
  return String.fromCodePoint(first + random.below(last - first + 1));
}

const wordAndJoint = (random: Random): string => {
  const word = random.pick(parts.words);
  return word + random.pick(parts.joints);
};

function mixture(random: Random): string {
  const draw = random.below(4);
  if (draw === 0) return random.pick(parts.specials);
  return draw === 1 ? character(random) : wordAndJoint(random);
}

function repeat(count: number, make: () => string): string[] {
  return Array.from({ length: count }, make);
}

/** String `index`: words, words with odd joints, random characters, a soup of few characters, or all of it. */
export function variedString(index: number): string {
  const random = new Random(index + 1);
  switch (random.below(5)) {
    case 0:
      return repeat(random.below(16), () => random.pick(parts.words)).join(' ');
    case 1:
      return repeat(random.below(14), () => wordAndJoint(random)).join('');
    case 2:
      return repeat(random.below(24), () => character(random)).join('');
    case 3:
      return repeat(random.below(40), () => random.pick(parts.soup)).join('');
    default:
      return repeat(random.below(12), () => mixture(random)).join('');
  }
}

/** Random ids below `size`: sequences that no encoding gives, for decoders. */
export function variedIds(index: number, size: number): number[] {
  const random = new Random(index + 1);
  return Array.from({ length: random.below(24) }, () => random.below(size));
}
