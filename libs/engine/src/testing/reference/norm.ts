/** The norms, and their gradients by the chain rule through the row's statistics. */
import {
  at,
  attributeOf,
  fill,
  type Matrix,
  matrix,
  type Reference,
  required,
  sum,
  valueAt,
} from './matrix.ts';

/** 1 / sqrt(mean(x²) + epsilon) of every group of `width` columns, [rows, groups]. */
function inverseRms(x: Matrix, width: number, epsilon: number): Matrix {
  return fill(x.rows, x.columns / width, (row, group) => {
    const squares = sum(width, (i) => at(x, row, group * width + i) ** 2);
    return 1 / Math.sqrt(squares / width + epsilon);
  });
}

export const rmsNorm: Reference = (call) => {
  const x = required(call, 0);
  const w = required(call, 1);
  const width = w.columns;
  const inverse = inverseRms(x, width, attributeOf(call, 'epsilon'));
  const y = fill(x.rows, x.columns, (row, column) => {
    const r = at(inverse, row, Math.floor(column / width));
    return at(x, row, column) * r * valueAt(w.data, column % width);
  });
  return [y];
};

export const rmsNormDx: Reference = (call) => {
  const dy = required(call, 0);
  const x = required(call, 1);
  const w = required(call, 2);
  const addend = call.inputs[3] ?? null;
  const width = w.columns;
  const inverse = inverseRms(x, width, attributeOf(call, 'epsilon'));
  const g = (row: number, column: number): number => at(dy, row, column) * valueAt(w.data, column % width);
  const along = fill(x.rows, x.columns / width, (row, group) =>
    sum(width, (i) => (g(row, group * width + i) * at(x, row, group * width + i)) / width),
  );
  const dx = fill(x.rows, x.columns, (row, column) => {
    const group = Math.floor(column / width);
    const r = at(inverse, row, group);
    const own = r * g(row, column) - r ** 3 * at(along, row, group) * at(x, row, column);
    return own + (addend === null ? 0 : at(addend, row, column));
  });
  return [dx];
};

export const rmsNormDw: Reference = (call) => {
  const dy = required(call, 0);
  const x = required(call, 1);
  const width = attributeOf(call, 'width');
  const inverse = inverseRms(x, width, attributeOf(call, 'epsilon'));
  const dw = matrix(1, width);
  for (let row = 0; row < x.rows; row++) {
    for (let column = 0; column < x.columns; column++) {
      const r = at(inverse, row, Math.floor(column / width));
      const term = at(dy, row, column) * at(x, row, column) * r;
      dw.data[column % width] = valueAt(dw.data, column % width) + term;
    }
  }
  return [dw];
};

interface RowStatistics {
  readonly mean: number;
  readonly inverseDeviation: number;
}

function statistics(x: Matrix, row: number, epsilon: number): RowStatistics {
  const mean = sum(x.columns, (i) => at(x, row, i)) / x.columns;
  const variance = sum(x.columns, (i) => (at(x, row, i) - mean) ** 2) / x.columns;
  return { mean, inverseDeviation: 1 / Math.sqrt(variance + epsilon) };
}

export const layerNorm: Reference = (call) => {
  const x = required(call, 0);
  const w = required(call, 1);
  const bias = required(call, 2);
  const rows = allStatistics(x, attributeOf(call, 'epsilon'));
  const y = fill(x.rows, x.columns, (row, column) => {
    return normalised(x, rows, [row, column]) * valueAt(w.data, column) + valueAt(bias.data, column);
  });
  return [y];
};

function allStatistics(x: Matrix, epsilon: number): readonly RowStatistics[] {
  return Array.from({ length: x.rows }, (_, row) => statistics(x, row, epsilon));
}

function normalised(x: Matrix, rows: readonly RowStatistics[], [row, column]: [number, number]): number {
  const { mean = 0, inverseDeviation = 0 } = rows[row] ?? {};
  return (at(x, row, column) - mean) * inverseDeviation;
}

export const layerNormDx: Reference = (call) => {
  const dy = required(call, 0);
  const x = required(call, 1);
  const w = required(call, 2);
  const addend = call.inputs[3] ?? null;
  const rows = allStatistics(x, attributeOf(call, 'epsilon'));
  const n = x.columns;
  const g = (row: number, i: number): number => at(dy, row, i) * valueAt(w.data, i);
  const mean = fill(x.rows, 1, (row) => sum(n, (i) => g(row, i)) / n);
  const along = fill(x.rows, 1, (row) => sum(n, (i) => g(row, i) * normalised(x, rows, [row, i])) / n);
  const dx = fill(x.rows, n, (row, column) => {
    const slope = g(row, column) - at(mean, row, 0) - normalised(x, rows, [row, column]) * at(along, row, 0);
    return (rows[row]?.inverseDeviation ?? 0) * slope + (addend === null ? 0 : at(addend, row, column));
  });
  return [dx];
};

export const layerNormDw: Reference = (call) => {
  const dy = required(call, 0);
  const x = required(call, 1);
  const rows = allStatistics(x, attributeOf(call, 'epsilon'));
  return [
    fill(1, x.columns, (_, column) =>
      sum(x.rows, (row) => at(dy, row, column) * normalised(x, rows, [row, column])),
    ),
  ];
};
