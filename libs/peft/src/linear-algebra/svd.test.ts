import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream } from '../random.ts';
import { largestSingularTriplets, type SingularTriplet } from './svd.ts';

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

function randomMatrix(rows: number, columns: number): Matrix {
  const random = new RandomStream(7, `${rows} x ${columns}`);
  return { rows, columns, values: Float32Array.from({ length: rows * columns }, () => random.normal()) };
}

/** Sum of value * left rightᵀ. */
function composed(triplets: readonly SingularTriplet[], { rows, columns }: Matrix): Float64Array {
  const sum = new Float64Array(rows * columns);
  for (const { value, left, right } of triplets) {
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < columns; i++) {
        sum[row * columns + i] = (sum[row * columns + i] ?? 0) + value * (left[row] ?? 0) * (right[i] ?? 0);
      }
    }
  }
  return sum;
}

function rest(matrix: Matrix, triplets: readonly SingularTriplet[]): Float64Array {
  const sum = composed(triplets, matrix);
  return Float64Array.from(matrix.values, (value, i) => value - (sum[i] ?? 0));
}

/** The largest singular value, by plain power iteration. */
function spectralNorm(values: Float64Array, { rows, columns }: Matrix): number {
  let x = Float64Array.from({ length: columns }, (_, i) => 1 + (i % 3));
  let norm = 0;
  for (let step = 0; step < 300; step++) {
    const y = new Float64Array(rows);
    const z = new Float64Array(columns);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < columns; i++)
        y[row] = (y[row] ?? 0) + (values[row * columns + i] ?? 0) * (x[i] ?? 0);
    }
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < columns; i++) z[i] = (z[i] ?? 0) + (values[row * columns + i] ?? 0) * (y[row] ?? 0);
    }
    norm = Math.sqrt(Math.hypot(...z));
    if (norm === 0) return 0;
    x = z.map((value) => value / norm ** 2);
  }
  return norm;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

for (const [rows, columns] of [
  [40, 30],
  [30, 40],
  [30, 30],
  [1, 9],
  [9, 1],
] as const) {
  test(`all triplets of a matrix [${rows}, ${columns}] compose it`, () => {
    const matrix = randomMatrix(rows, columns);
    const triplets = largestSingularTriplets(matrix.values, { rows, columns, count: 1000 });
    assert.equal(triplets.length, Math.min(rows, columns));
    assert.ok(largest(rest(matrix, triplets)) < 1e-10);
  });
}

test('what the largest triplets leave is no larger than the next singular value', () => {
  for (const [rows, columns] of [
    [90, 60],
    [60, 90],
  ] as const) {
    const matrix = randomMatrix(rows, columns);
    const all = largestSingularTriplets(matrix.values, { rows, columns, count: 60 });
    const some = largestSingularTriplets(matrix.values, { rows, columns, count: 5 });
    const next = all[5]?.value ?? 0;
    assert.ok(Math.abs(spectralNorm(rest(matrix, some), matrix) - next) < 1e-3 * next);
    for (const [k, { value }] of some.entries()) {
      assert.ok(Math.abs(value - (all[k]?.value ?? 0)) < 1e-9 * value);
    }
  }
});

test('repeated singular values are all found', () => {
  const size = 64;
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = i < 3 ? 5 : 1;
  const found = largestSingularTriplets(values, { rows: size, columns: size, count: 4 });
  const wanted = [5, 5, 5, 1];
  for (const [k, { value }] of found.entries()) {
    assert.ok(Math.abs(value - (wanted[k] ?? 0)) < 1e-9, `${k}: ${value}`);
  }
});

test('a matrix of low rank is composed of as many triplets; zeros give zero', () => {
  const [left, right] = [randomMatrix(50, 2), randomMatrix(2, 70)];
  const values = new Float32Array(50 * 70);
  for (let row = 0; row < 50; row++) {
    for (let i = 0; i < 70; i++) {
      for (let k = 0; k < 2; k++) {
        values[row * 70 + i] =
          (values[row * 70 + i] ?? 0) + (left.values[row * 2 + k] ?? 0) * (right.values[k * 70 + i] ?? 0);
      }
    }
  }
  const matrix = { rows: 50, columns: 70, values };
  const triplets = largestSingularTriplets(values, { rows: 50, columns: 70, count: 4 });
  assert.ok(largest(rest(matrix, triplets)) < 1e-6);
  const none = largestSingularTriplets(new Float32Array(12), { rows: 3, columns: 4, count: 2 });
  assert.deepEqual(
    none.map(({ value }) => value),
    [0, 0],
  );
});

test('the same matrix gives the same bits', () => {
  const { values } = randomMatrix(40, 30);
  const size = { rows: 40, columns: 30, count: 3 };
  assert.deepEqual(largestSingularTriplets(values, size), largestSingularTriplets(values, size));
});
