import { at, attributeOf, fill, type Reference, required, sum, valueAt } from './matrix.ts';

export const linear: Reference = (call) => {
  const x = required(call, 0);
  const w = required(call, 1);
  const [, , bias = null, addend = null] = call.inputs;
  const alpha = attributeOf(call, 'alpha');
  const y = fill(x.rows, w.rows, (row, out) => {
    const product = sum(x.columns, (k) => at(x, row, k) * at(w, out, k));
    const shift = bias === null ? 0 : valueAt(bias.data, out);
    return alpha * (product + shift) + (addend === null ? 0 : at(addend, row, out));
  });
  return [y];
};

export const linearDx: Reference = (call) => {
  const dy = required(call, 0);
  const w = required(call, 1);
  const addend = call.inputs[2] ?? null;
  const alpha = attributeOf(call, 'alpha');
  const dx = fill(dy.rows, w.columns, (row, k) => {
    const product = sum(w.rows, (out) => at(dy, row, out) * at(w, out, k));
    return alpha * product + (addend === null ? 0 : at(addend, row, k));
  });
  return [dx];
};

export const linearDw: Reference = (call) => {
  const dy = required(call, 0);
  const x = required(call, 1);
  const alpha = attributeOf(call, 'alpha');
  return [
    fill(dy.columns, x.columns, (out, k) => alpha * sum(dy.rows, (row) => at(dy, row, out) * at(x, row, k))),
  ];
};

export const columnSum: Reference = (call) => {
  const dy = required(call, 0);
  const alpha = attributeOf(call, 'alpha');
  return [fill(1, dy.columns, (_, column) => alpha * sum(dy.rows, (row) => at(dy, row, column)))];
};

export const columnDot: Reference = (call) => {
  const dy = required(call, 0);
  const x = required(call, 1);
  return [
    fill(1, dy.columns, (_, column) => sum(dy.rows, (row) => at(dy, row, column) * at(x, row, column))),
  ];
};
