/** Comparison of arrays by one number, so that a failure says how far off it was. */
import { valueAt } from './reference/matrix.ts';

export interface Tolerance {
  /** Relative to the largest element expected. */
  readonly relative: number;
  /** Where all expected elements are about zero. */
  readonly absolute?: number;
}

/** Throws where the arrays differ by more than the tolerance, or one is NaN where the other is not. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  options: Tolerance & { readonly what: string },
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${options.what}: ${actual.length} elements where ${expected.length} are expected`);
  }
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(valueAt(expected, i)));
  const allowed = (options.absolute ?? 1e-6) + options.relative * largest;
  for (let i = 0; i < expected.length; i++) {
    const [got, wanted] = [valueAt(actual, i), valueAt(expected, i)];
    if (Math.abs(got - wanted) <= allowed || (Number.isNaN(got) && Number.isNaN(wanted))) continue;
    throw new Error(`${options.what}: element ${i} is ${got}, expected ${wanted} within ${allowed}`);
  }
}
