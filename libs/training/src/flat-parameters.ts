/** All trainable numbers end to end in one array, with their gradients and moments beside them in the same order. */
import { gradientName, type Session } from '@weft/engine';

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether weight decay applies: to matrices and factors, not to biases and norms. */
  readonly isDecayed: boolean;
}

export class FlatParameters {
  readonly specs: readonly ParameterSpec[];
  /** The first so many numbers are subject to weight decay. */
  readonly decayedCount: number;
  readonly values: Float32Array;
  readonly gradients: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
  readonly #offsets = new Map<string, { readonly start: number; readonly end: number }>();

  constructor(specs: readonly ParameterSpec[]) {
    this.specs = [...specs.filter((spec) => spec.isDecayed), ...specs.filter((spec) => !spec.isDecayed)];
    let count = 0;
    let decayed = 0;
    for (const spec of this.specs) {
      const end = count + spec.shape.reduce((product, size) => product * size, 1);
      this.#offsets.set(spec.name, { start: count, end });
      if (spec.isDecayed) decayed = end;
      count = end;
    }
    this.decayedCount = decayed;
    this.values = new Float32Array(count);
    this.gradients = new Float32Array(count);
    this.firstMoments = new Float32Array(count);
    this.secondMoments = new Float32Array(count);
  }

  /** A view, not a copy. */
  value(name: string): Float32Array {
    return this.#view(this.values, name);
  }

  bind(session: Session): void {
    for (const { name } of this.specs) {
      session.bind(name, this.#view(this.values, name));
      session.bind(gradientName(name), this.#view(this.gradients, name));
    }
  }

  #view(array: Float32Array, name: string): Float32Array {
    const range = this.#offsets.get(name);
    if (range === undefined) throw new RangeError(`there is no parameter '${name}'`);
    return array.subarray(range.start, range.end);
  }
}
