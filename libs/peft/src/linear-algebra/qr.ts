/** Orthonormal bases in float64. */

/**
 * An orthonormal basis of the columns of `matrix` [rows, columns] (row-major, rows >= columns), as [rows, columns]: the Q of its
 * QR decomposition up to signs, by Gram and Schmidt's method applied twice, which is as accurate as Householder's
 * (Giraud et al. 2005). A column that depends on those before it gives a zero column.
 */
export function orthonormalColumns(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const vectors: Float64Array[] = [];
  for (let column = 0; column < columns; column++) {
    const vector = Float64Array.from({ length: rows }, (_, row) => matrix[row * columns + column] ?? 0);
    const before = norm(vector);
    orthogonalise(vector, vectors);
    const after = norm(vector);
    if (after <= 1e-12 * before) vector.fill(0);
    else scale(vector, 1 / after);
    vectors.push(vector);
  }
  const result = new Float64Array(rows * columns);
  vectors.forEach((vector, column) => {
    for (let row = 0; row < rows; row++) result[row * columns + column] = vector[row] ?? 0;
  });
  return result;
}

/** Takes from `vector` its parts along orthonormal `others`, twice. */
export function orthogonalise(vector: Float64Array, others: readonly Float64Array[]): void {
  for (let pass = 0; pass < 2; pass++) {
    for (const other of others) {
      const overlap = dot(vector, other);
      for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) - overlap * (other[i] ?? 0);
    }
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

export function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

export function scale(vector: Float64Array, factor: number): void {
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * factor;
}
