/** Sums and products of vectors in float64. */

export type Numbers = Float64Array | Float32Array;

/** Of `length` numbers from `start` in `a` and from 0 in `b`; four sums at once, as one would wait for itself. */
export function dotFrom(a: Numbers, start: number, b: Float64Array): number {
  const length = b.length;
  const even = length - (length % 4);
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = 0; i < even; i += 4) {
    s0 += (a[start + i] ?? 0) * (b[i] ?? 0);
    s1 += (a[start + i + 1] ?? 0) * (b[i + 1] ?? 0);
    s2 += (a[start + i + 2] ?? 0) * (b[i + 2] ?? 0);
    s3 += (a[start + i + 3] ?? 0) * (b[i + 3] ?? 0);
  }
  for (let i = even; i < length; i++) s0 += (a[start + i] ?? 0) * (b[i] ?? 0);
  return s0 + s1 + (s2 + s3);
}

export function norm(vector: Float64Array): number {
  return Math.sqrt(dotFrom(vector, 0, vector));
}

export function scale(vector: Float64Array, factor: number): void {
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * factor;
}

/** target += factor * numbers[start, start + length of target). */
export function addFrom(target: Float64Array, factor: number, numbers: Numbers, start: number): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] ?? 0) + factor * (numbers[start + i] ?? 0);
}

/** Takes from `vector` its parts along orthonormal `others`, twice, as once leaves rounding errors. */
export function orthogonalise(vector: Float64Array, others: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++) {
    for (const other of others) addFrom(vector, -dotFrom(other, 0, vector), other, 0);
  }
}
