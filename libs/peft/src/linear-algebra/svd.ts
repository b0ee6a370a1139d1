/** The largest singular values of a matrix with their vectors, by Lanczos bidiagonalisation in float64. */
import { RandomStream } from '../random.ts';
import { norm, orthogonalise, scale } from './qr.ts';
import { tridiagonalEigenvalues } from './tridiagonal.ts';

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

/** Relative to the largest singular value. */
const tolerance = 1e-11;

/**
 * In descending order. Steps of Golub and Kahan's bidiagonalisation with full reorthogonalisation (Golub and Van Loan,
 * section 10.4) go on until every wanted triplet has converged, at the latest when they span the whole space, so the
 * result does not depend on a gap in the spectrum. The start is fixed: the same matrix gives the same bits.
 */
export function largestSingularTriplets(
  matrix: Float32Array,
  { rows, columns, count }: MatrixSize,
): readonly SingularTriplet[] {
  const limit = Math.min(rows, columns);
  const wanted = Math.min(count, limit);
  const basis = new LanczosBasis(matrix, rows, columns);
  let steps = Math.min(limit, 2 * wanted + 20);
  for (;;) {
    basis.extend(steps);
    if (steps === limit || basis.hasConverged(wanted)) return basis.triplets(wanted);
    steps = Math.min(limit, Math.ceil(steps * 1.25));
  }
}

/** A V = U B with B upper bidiagonal: `alphas` on its diagonal, `betas` above. */
class LanczosBasis {
  readonly #matrix: Float32Array;
  readonly #rows: number;
  readonly #columns: number;
  readonly #random = new RandomStream(0, 'lanczos');
  readonly #left: Float64Array[] = [];
  readonly #right: Float64Array[] = [];
  readonly #alphas: number[] = [];
  readonly #betas: number[] = [];

  constructor(matrix: Float32Array, rows: number, columns: number) {
    this.#matrix = matrix;
    this.#rows = rows;
    this.#columns = columns;
    this.#right.push(this.#fresh(columns, []));
  }

  extend(steps: number): void {
    while (this.#alphas.length < steps) {
      const right = this.#right.at(-1) ?? new Float64Array(this.#columns);
      const left = this.#times(right);
      this.#alphas.push(this.#add(left, this.#left));
      const next = this.#timesTransposed(this.#left.at(-1) ?? left);
      this.#betas.push(this.#add(next, this.#right));
    }
  }

  /** The residual of a triplet is the last beta times the last entry of its left vector in the basis. */
  hasConverged(wanted: number): boolean {
    const size = this.#alphas.length;
    const lastRow = new Float64Array(size);
    lastRow[size - 1] = 1;
    const { values, order } = this.#eigen(lastRow);
    const largest = Math.sqrt(Math.max(0, values[order[0] ?? 0] ?? 0));
    const rest = (this.#alphas.at(-1) ?? 0) * (this.#betas.at(-1) ?? 0);
    return order.slice(0, wanted).every((index) => {
      const value = Math.sqrt(Math.max(0, values[index] ?? 0));
      const residual = value === 0 ? 0 : Math.abs(rest * (lastRow[index] ?? 0)) / value;
      return residual <= tolerance * largest;
    });
  }

  triplets(wanted: number): readonly SingularTriplet[] {
    const size = this.#alphas.length;
    const vectors = new Float64Array(size * size);
    for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
    const { order } = this.#eigen(vectors);
    return order.slice(0, wanted).map((index) => {
      const right = new Float64Array(this.#columns);
      for (let k = 0; k < size; k++) {
        const weight = vectors[k * size + index] ?? 0;
        const vector = this.#right[k];
        for (let i = 0; i < right.length; i++) right[i] = (right[i] ?? 0) + weight * (vector?.[i] ?? 0);
      }
      const left = this.#times(right);
      const value = norm(left);
      if (value > 0) scale(left, 1 / value);
      return { value, left, right };
    });
  }

  /** Of BᵀB, which is tridiagonal; `order` lists indices by descending eigenvalue. */
  #eigen(carried: Float64Array): { readonly values: Float64Array; readonly order: readonly number[] } {
    const alpha = (i: number): number => this.#alphas[i] ?? 0;
    const beta = (i: number): number => (i < 0 ? 0 : (this.#betas[i] ?? 0));
    const size = this.#alphas.length;
    const diagonal = Float64Array.from({ length: size }, (_, i) => alpha(i) ** 2 + beta(i - 1) ** 2);
    const beside = Float64Array.from({ length: size }, (_, i) => alpha(i) * beta(i));
    const values = tridiagonalEigenvalues({ diagonal, beside }, carried);
    const order = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
    return { values, order };
  }

  /**
   * Makes the vector orthonormal to the others and keeps it; gives its length before. Where nothing is left of it, a fresh
   * direction takes its place, coupled to nothing.
   */
  #add(vector: Float64Array, others: Float64Array[]): number {
    const before = norm(vector);
    orthogonalise(vector, others);
    const after = norm(vector);
    if (after > 1e-13 * before) {
      scale(vector, 1 / after);
      others.push(vector);
      return after;
    }
    if (others.length < vector.length) others.push(this.#fresh(vector.length, others));
    return 0;
  }

  #fresh(length: number, others: readonly Float64Array[]): Float64Array {
    const vector = Float64Array.from({ length }, () => this.#random.normal());
    orthogonalise(vector, others);
    scale(vector, 1 / norm(vector));
    return vector;
  }

  #times(x: Float64Array): Float64Array {
    const result = new Float64Array(this.#rows);
    for (let row = 0; row < this.#rows; row++) {
      let sum = 0;
      const start = row * this.#columns;
      for (let i = 0; i < this.#columns; i++) sum += (this.#matrix[start + i] ?? 0) * (x[i] ?? 0);
      result[row] = sum;
    }
    return result;
  }

  #timesTransposed(x: Float64Array): Float64Array {
    const result = new Float64Array(this.#columns);
    for (let row = 0; row < this.#rows; row++) {
      const factor = x[row] ?? 0;
      const start = row * this.#columns;
      for (let i = 0; i < this.#columns; i++) {
        result[i] = (result[i] ?? 0) + factor * (this.#matrix[start + i] ?? 0);
      }
    }
    return result;
  }
}
