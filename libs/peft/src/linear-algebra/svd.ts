/** The largest singular values of a matrix with their vectors, by Lanczos iteration in float64. */
import { RandomStream } from '../random.ts';
import { tridiagonalEigenvalues } from './tridiagonal.ts';
import { addFrom, dotFrom, norm, orthogonalise, scale } from './vectors.ts';

export interface SingularTriplet {
  readonly value: number;
  /** [rows] */
  readonly left: Float64Array;
  /** [columns] */
  readonly right: Float64Array;
}

export interface MatrixSize {
  readonly rows: number;
  readonly columns: number;
  /** Triplets wanted; no more than the smaller side come back. */
  readonly count: number;
}

/** Of the residual of WᵀW, relative to its largest eigenvalue. */
const tolerance = 1e-9;

/**
 * In descending order, of the row-major `matrix`. Lanczos steps on WᵀW (W Wᵀ for a wide matrix) with full
 * reorthogonalisation (Golub and Van Loan, section 10.1) go on until every wanted pair has converged, at the latest when they
 * span the whole space, so the result asks for no gap in the spectrum. The start is fixed: the same matrix gives the same bits.
 */
export function largestSingularTriplets(
  matrix: Float32Array,
  { rows, columns, count }: MatrixSize,
): readonly SingularTriplet[] {
  const isWide = columns > rows;
  const times = (x: Float64Array): Float64Array => product(matrix, rows, x);
  const timesTransposed = (x: Float64Array): Float64Array => transposedProduct(matrix, columns, x);
  const [there, back] = isWide ? [timesTransposed, times] : [times, timesTransposed];
  const size = Math.min(rows, columns);
  const basis = new LanczosBasis((x) => back(there(x)), size);
  return basis.largest(Math.min(count, size)).map((near) => {
    const far = there(near);
    const value = norm(far);
    if (value > 0) scale(far, 1 / value);
    return isWide ? { value, left: near, right: far } : { value, left: far, right: near };
  });
}

/** A symmetric positive operator S on a growing orthonormal basis V, in which it is tridiagonal. */
class LanczosBasis {
  readonly #apply: (x: Float64Array) => Float64Array;
  readonly #size: number;
  readonly #random = new RandomStream(0, 'lanczos');
  readonly #vectors: Float64Array[] = [];
  readonly #diagonal: number[] = [];
  readonly #beside: number[] = [];

  constructor(apply: (x: Float64Array) => Float64Array, size: number) {
    this.#apply = apply;
    this.#size = size;
    this.#vectors.push(this.#fresh());
  }

  /** Eigenvectors of the largest eigenvalues. */
  largest(wanted: number): readonly Float64Array[] {
    let steps = Math.min(this.#size, 2 * wanted + 20);
    for (;;) {
      this.#extend(steps);
      if (steps === this.#size || this.#hasConverged(wanted)) return this.#eigenvectors(wanted);
      steps = Math.min(this.#size, Math.ceil(steps * 1.2));
    }
  }

  #extend(steps: number): void {
    while (this.#diagonal.length < steps) {
      const vector = this.#vectors[this.#diagonal.length] ?? this.#fresh();
      const next = this.#apply(vector);
      this.#diagonal.push(dotFrom(next, 0, vector));
      const before = norm(next);
      orthogonalise(next, this.#vectors);
      const after = norm(next);
      // Nothing is left of it: the basis spans an invariant space, and a fresh direction, coupled to nothing, goes on.
      const isSpent = after <= 1e-13 * before;
      this.#beside.push(isSpent ? 0 : after);
      if (!isSpent) scale(next, 1 / after);
      if (this.#vectors.length < this.#size) this.#vectors.push(isSpent ? this.#fresh() : next);
    }
  }

  /** The residual of a pair is the last entry of its vector in the basis times the last coupling. */
  #hasConverged(wanted: number): boolean {
    const size = this.#diagonal.length;
    const lastRow = new Float64Array(size);
    lastRow[size - 1] = 1;
    const { values, order } = this.#eigen(lastRow);
    const coupling = this.#beside[size - 1] ?? 0;
    const limit = tolerance * (values[order[0] ?? 0] ?? 0);
    return order.slice(0, wanted).every((index) => coupling * Math.abs(lastRow[index] ?? 0) <= limit);
  }

  #eigenvectors(wanted: number): readonly Float64Array[] {
    const size = this.#diagonal.length;
    const identity = new Float64Array(size * size);
    for (let i = 0; i < size; i++) identity[i * size + i] = 1;
    const { order } = this.#eigen(identity);
    return order.slice(0, wanted).map((index) => {
      const vector = new Float64Array(this.#size);
      for (let k = 0; k < size; k++) {
        const along = this.#vectors[k];
        if (along !== undefined) addFrom(vector, identity[k * size + index] ?? 0, along, 0);
      }
      return vector;
    });
  }

  /** `order` lists indices by descending eigenvalue; `carried` becomes rows of the eigenvectors. */
  #eigen(carried: Float64Array): { readonly values: Float64Array; readonly order: readonly number[] } {
    const matrix = { diagonal: Float64Array.from(this.#diagonal), beside: Float64Array.from(this.#beside) };
    const values = tridiagonalEigenvalues(matrix, carried);
    return { values, order: [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0)) };
  }

  #fresh(): Float64Array {
    const vector = Float64Array.from({ length: this.#size }, () => this.#random.normal());
    orthogonalise(vector, this.#vectors);
    scale(vector, 1 / norm(vector));
    return vector;
  }
}

function product(matrix: Float32Array, rows: number, x: Float64Array): Float64Array {
  const result = new Float64Array(rows);
  for (let row = 0; row < rows; row++) result[row] = dotFrom(matrix, row * x.length, x);
  return result;
}

/** Four rows at a time, so that the result is read and written a quarter as often. */
function transposedProduct(matrix: Float32Array, columns: number, x: Float64Array): Float64Array {
  const result = new Float64Array(columns);
  const even = x.length - (x.length % 4);
  for (let row = 0; row < even; row += 4) {
    const [x0 = 0, x1 = 0, x2 = 0, x3 = 0] = [x[row], x[row + 1], x[row + 2], x[row + 3]];
    const start = row * columns;
    for (let i = 0; i < columns; i++) {
      const first = x0 * (matrix[start + i] ?? 0) + x1 * (matrix[start + columns + i] ?? 0);
      const second =
        x2 * (matrix[start + 2 * columns + i] ?? 0) + x3 * (matrix[start + 3 * columns + i] ?? 0);
      result[i] = (result[i] ?? 0) + first + second;
    }
  }
  for (let row = even; row < x.length; row++) addFrom(result, x[row] ?? 0, matrix, row * columns);
  return result;
}
