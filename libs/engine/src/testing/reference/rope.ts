import { at, attributeOf, fill, type Reference, required, valueAt } from './matrix.ts';

export const ropeTable: Reference = (call) => {
  const positions = required(call, 0);
  const frequencies = required(call, 1);
  const scaling = attributeOf(call, 'scaling');
  const half = frequencies.columns;
  const table = fill(positions.rows, 2 * half, (row, column) => {
    const angle = valueAt(positions.data, row) * valueAt(frequencies.data, column % half);
    return scaling * (column < half ? Math.cos(angle) : Math.sin(angle));
  });
  return [table];
};

/** Each pair (x_i, x_{i + half}) of a head as a complex number, turned by the table's angle. */
export const rope: Reference = (call) => {
  const x = required(call, 0);
  const table = required(call, 1);
  const headDim = attributeOf(call, 'headDim');
  const direction = attributeOf(call, 'inverse') === 1 ? -1 : 1;
  const half = table.columns / 2;
  const y = fill(x.rows, x.columns, (row, column) => {
    const inHead = column % headDim;
    if (inHead >= 2 * half) return at(x, row, column);
    const frequency = inHead % half;
    const cos = at(table, row, frequency);
    const sin = direction * at(table, row, half + frequency);
    const isReal = inHead < half;
    const partner = at(x, row, isReal ? column + half : column - half);
    return at(x, row, column) * cos + (isReal ? -partner : partner) * sin;
  });
  return [y];
};
