import { at, fill, type Matrix, type Reference, required, valueAt } from './matrix.ts';

function map(a: Matrix, value: (index: number) => number): Matrix {
  return { rows: a.rows, columns: a.columns, data: Float64Array.from(a.data, (_, index) => value(index)) };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const add: Reference = (call) => {
  const a = required(call, 0);
  const b = required(call, 1);
  return [map(a, (i) => valueAt(a.data, i) + valueAt(b.data, i))];
};

export const siluMul: Reference = (call) => {
  const gate = required(call, 0);
  const up = required(call, 1);
  return [map(gate, (i) => valueAt(gate.data, i) * sigmoid(valueAt(gate.data, i)) * valueAt(up.data, i))];
};

export const siluMulGrad: Reference = (call) => {
  const dy = required(call, 0);
  const gate = required(call, 1);
  const up = required(call, 2);
  const dGate = map(gate, (i) => {
    const s = sigmoid(valueAt(gate.data, i));
    const slope = s + valueAt(gate.data, i) * s * (1 - s);
    return valueAt(dy.data, i) * valueAt(up.data, i) * slope;
  });
  const dUp = map(gate, (i) => {
    return valueAt(dy.data, i) * valueAt(gate.data, i) * sigmoid(valueAt(gate.data, i));
  });
  return [dGate, dUp];
};

const geluScale = Math.sqrt(2 / Math.PI);
const geluCubic = 0.044715;

function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(geluScale * (x + geluCubic * x ** 3)));
}

function geluSlope(x: number): number {
  const t = Math.tanh(geluScale * (x + geluCubic * x ** 3));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * geluScale * (1 + 3 * geluCubic * x * x);
}

export const geluTanh: Reference = (call) => {
  const x = required(call, 0);
  return [map(x, (i) => gelu(valueAt(x.data, i)))];
};

export const geluTanhGrad: Reference = (call) => {
  const dy = required(call, 0);
  const x = required(call, 1);
  return [map(x, (i) => valueAt(dy.data, i) * geluSlope(valueAt(x.data, i)))];
};

export const tanh: Reference = (call) => {
  const x = required(call, 0);
  return [map(x, (i) => Math.tanh(valueAt(x.data, i)))];
};

export const tanhGrad: Reference = (call) => {
  const dy = required(call, 0);
  const y = required(call, 1);
  return [map(y, (i) => valueAt(dy.data, i) * (1 - valueAt(y.data, i) ** 2))];
};

export const scaleColumns: Reference = (call) => {
  const x = required(call, 0);
  const s = required(call, 1);
  return [fill(x.rows, x.columns, (row, column) => at(x, row, column) * valueAt(s.data, column))];
};
