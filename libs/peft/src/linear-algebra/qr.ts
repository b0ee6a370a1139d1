/** Orthonormal bases in float64. */
import { norm, orthogonalise, scale } from './vectors.ts';

/**
 * An orthonormal basis of the columns of `matrix` [rows, columns] (row-major, rows >= columns), as [rows, columns]: the Q of
 * its QR decomposition up to signs, by Gram and Schmidt's method applied twice, which is as accurate as Householder's
 * (Giraud et al. 2005). A column that depends on those before it gives a zero column.
 */
export function orthonormalColumns(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const vectors: Float64Array[] = [];
  const result = new Float64Array(rows * columns);
  for (let column = 0; column < columns; column++) {
    const vector = Float64Array.from({ length: rows }, (_, row) => matrix[row * columns + column] ?? 0);
    const before = norm(vector);
    orthogonalise(vector, vectors);
    const after = norm(vector);
    scale(vector, after <= 1e-12 * before ? 0 : 1 / after);
    vectors.push(vector);
    for (let row = 0; row < rows; row++) result[row * columns + column] = vector[row] ?? 0;
  }
  return result;
}
