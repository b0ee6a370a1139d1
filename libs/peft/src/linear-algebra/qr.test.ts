import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream } from '../random.ts';
import { orthonormalColumns } from './qr.ts';

function product(a: Float64Array, b: Float64Array, sizes: readonly [number, number, number]): Float64Array {
  const [rows, inner, columns] = sizes;
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += (a[row * inner + k] ?? 0) * (b[k * columns + column] ?? 0);
    return sum;
  });
}

function transposed(a: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from(a, (_, at) => a[(at % rows) * columns + Math.floor(at / rows)] ?? 0);
}

function requireClose(a: Float64Array, b: Float64Array, tolerance: number): void {
  for (const [i, value] of a.entries()) {
    assert.ok(Math.abs(value - (b[i] ?? 0)) <= tolerance, `${i}: ${value} and ${b[i]}`);
  }
}

const identity = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

test('columns are orthonormal and span the same space, even nearly dependent ones', () => {
  const random = new RandomStream(1, 'qr');
  const matrix = Float64Array.from({ length: 20 * 3 }, () => random.normal());
  for (let row = 0; row < 20; row++) matrix[row * 3 + 2] = (matrix[row * 3] ?? 0) + 1e-9 * random.normal();
  const q = orthonormalColumns(matrix, 20, 3);
  const qt = transposed(q, 20, 3);
  requireClose(product(qt, q, [3, 20, 3]), identity, 1e-14);
  requireClose(product(q, product(qt, matrix, [3, 20, 3]), [20, 3, 3]), matrix, 1e-12);
});

test('a dependent column gives zeros', () => {
  const q = orthonormalColumns(Float64Array.of(1, 2, 0, 0, 0, 0), 3, 2);
  requireClose(q, Float64Array.of(1, 0, 0, 0, 0, 0), 1e-15);
});
