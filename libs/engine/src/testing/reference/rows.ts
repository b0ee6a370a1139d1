import {
  at,
  attributeOf,
  fill,
  matrix,
  type Reference,
  type ReferenceCall,
  required,
  valueAt,
} from './matrix.ts';

/** y[i] = source[indices[i]]: the embedding and the gathering of rows. */
export const pickRows: Reference = (call) => {
  const source = required(call, 0);
  const indices = required(call, 1);
  return [
    fill(indices.rows, source.columns, (row, column) => at(source, valueAt(indices.data, row), column)),
  ];
};

/** y[indices[i]] += dy[i]: the gradient of either. */
export const placeRows: Reference = (call: ReferenceCall) => {
  const dy = required(call, 0);
  const indices = required(call, 1);
  const y = matrix(call.rows, dy.columns);
  for (let row = 0; row < dy.rows; row++) {
    for (let column = 0; column < dy.columns; column++) {
      const position = valueAt(indices.data, row) * dy.columns + column;
      y.data[position] = valueAt(y.data, position) + at(dy, row, column);
    }
  }
  return [y];
};

export const sliceColumns: Reference = (call) => {
  const x = required(call, 0);
  const start = attributeOf(call, 'start');
  return [fill(x.rows, attributeOf(call, 'width'), (row, column) => at(x, row, start + column))];
};

export const padColumns: Reference = (call) => {
  const dy = required(call, 0);
  const start = attributeOf(call, 'start');
  const inside = (column: number): boolean => column >= start && column < start + dy.columns;
  return [
    fill(dy.rows, attributeOf(call, 'total'), (row, column) =>
      inside(column) ? at(dy, row, column - start) : 0,
    ),
  ];
};
