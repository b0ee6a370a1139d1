/** Counter-based random numbers (Philox 4x32-10, Salmon et al. 2011), so that a name and a seed fix every value. */
import { createHash } from 'node:crypto';

export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #words = new Uint32Array(4);
  #counter = 0;
  #left = 0;
  #spare: number | null = null;

  /** The stream of one tensor under one seed. */
  constructor(seed: number, name: string) {
    const digest = createHash('sha256').update(`${seed}\u0000${name}`).digest();
    this.#key = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
  }

  /** Uniform in [0, 1) with 24 bits. */
  uniform(): number {
    if (this.#left === 0) this.#refill();
    this.#left--;
    return ((this.#words[this.#left] ?? 0) >>> 8) / 2 ** 24;
  }

  /** Standard normal, by Box and Muller's method. */
  normal(): number {
    if (this.#spare !== null) {
      const value = this.#spare;
      this.#spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  #refill(): void {
    let [c0, c1, c2, c3] = [this.#counter >>> 0, Math.floor(this.#counter / 2 ** 32) >>> 0, 0, 0];
    let [k0, k1] = this.#key;
    for (let round = 0; round < 10; round++) {
      const first = multiply(0xd2511f53, c0);
      const second = multiply(0xcd9e8d57, c2);
      [c0, c1, c2, c3] = [(second.high ^ c1 ^ k0) >>> 0, second.low, (first.high ^ c3 ^ k1) >>> 0, first.low];
      k0 = (k0 + 0x9e3779b9) >>> 0;
      k1 = (k1 + 0xbb67ae85) >>> 0;
    }
    this.#words.set([c0, c1, c2, c3]);
    this.#counter++;
    this.#left = 4;
  }
}

function multiply(a: number, b: number): { readonly high: number; readonly low: number } {
  const low = Math.imul(a, b) >>> 0;
  const [ah, al, bh, bl] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = ah * bl + Math.floor((al * bl) / 65_536);
  const cross = al * bh + (middle % 65_536);
  return { high: (ah * bh + Math.floor(middle / 65_536) + Math.floor(cross / 65_536)) >>> 0, low };
}
