/** Eigenvalues of symmetric tridiagonal matrices in float64. */

export interface Tridiagonal {
  /** Length n. */
  readonly diagonal: Float64Array;
  /** Length n - 1 at least: entry i stands beside diagonal i and i + 1. */
  readonly beside: Float64Array;
}

const maxIterations = 60;

/**
 * Eigenvalues in no particular order, by QL iterations with implicit shifts (Golub and Van Loan, section 8.3). The
 * rotations are also applied to the columns of `carried` [rows, n]: given the identity it becomes the eigenvectors, given
 * one row of it, that row of them.
 */
export function tridiagonalEigenvalues(matrix: Tridiagonal, carried: Float64Array): Float64Array {
  const size = matrix.diagonal.length;
  const d = Float64Array.from(matrix.diagonal);
  const e = new Float64Array(size + 1);
  e.set(matrix.beside.subarray(0, Math.max(0, size - 1)));
  for (let first = 0; first < size; first++) {
    for (let iteration = 0; ; iteration++) {
      const last = blockEnd(d, e, first);
      if (last === first) break;
      if (iteration === maxIterations) throw new RangeError('eigenvalues did not converge');
      sweep({ d, e, first, last }, carried);
    }
  }
  return d;
}

/** The end of the unreduced block that starts at `first`. */
function blockEnd(d: Float64Array, e: Float64Array, first: number): number {
  let last = first;
  while (last < d.length - 1) {
    const scale = Math.abs(d[last] ?? 0) + Math.abs(d[last + 1] ?? 0);
    if (Math.abs(e[last] ?? 0) <= Number.EPSILON * scale) break;
    last++;
  }
  return last;
}

interface Block {
  readonly d: Float64Array;
  readonly e: Float64Array;
  readonly first: number;
  readonly last: number;
}

/** One QL sweep over the block with Wilkinson's shift, from its end to its start. */
function sweep({ d, e, first, last }: Block, carried: Float64Array): void {
  const at = (array: Float64Array, index: number): number => array[index] ?? 0;
  const half = (at(d, first + 1) - at(d, first)) / (2 * at(e, first));
  const root = Math.hypot(half, 1);
  const shift = at(d, first) - at(e, first) / (half + (half >= 0 ? root : -root));
  let g = at(d, last) - shift;
  let [s, c, p] = [1, 1, 0];
  for (let i = last - 1; i >= first; i--) {
    const f = s * at(e, i);
    const b = c * at(e, i);
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] = at(d, i + 1) - p;
      e[last] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = at(d, i + 1) - p;
    const t = (at(d, i) - g) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = g + p;
    g = c * t - b;
    rotateColumns(carried, { columns: d.length, left: i, s, c });
  }
  d[first] = at(d, first) - p;
  e[first] = g;
  e[last] = 0;
}

interface Rotation {
  readonly columns: number;
  readonly left: number;
  readonly s: number;
  readonly c: number;
}

function rotateColumns(matrix: Float64Array, { columns, left, s, c }: Rotation): void {
  for (let at = left; at < matrix.length; at += columns) {
    const a = matrix[at] ?? 0;
    const b = matrix[at + 1] ?? 0;
    matrix[at + 1] = s * a + c * b;
    matrix[at] = c * a - s * b;
  }
}
