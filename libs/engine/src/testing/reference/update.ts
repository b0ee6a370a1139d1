/** Ops that change state; the references change their inputs' float64 copies. */
import { matrix, type Reference, required, sum, valueAt } from './matrix.ts';

export const accumulate: Reference = (call) => {
  const accumulator = required(call, 0);
  const gradient = required(call, 1);
  accumulator.data.forEach((value, i) => {
    accumulator.data[i] = value + valueAt(gradient.data, i);
  });
  return [];
};

export const squaredNorm: Reference = (call) => {
  const g = required(call, 0);
  const result = matrix(1, 1);
  result.data[0] = sum(g.data.length, (i) => valueAt(g.data, i) ** 2);
  return [result];
};

export const adamw: Reference = (call) => {
  const [parameter, gradient, first, second] = [0, 1, 2, 3].map((index) => required(call, index).data);
  const [
    rate = 0,
    beta1 = 0,
    beta2 = 0,
    epsilon = 0,
    decay = 0,
    correction1 = 1,
    correction2 = 1,
    scale = 1,
  ] = required(call, 4).data;
  if (parameter === undefined || gradient === undefined || first === undefined || second === undefined)
    return [];
  parameter.forEach((value, i) => {
    const g = scale * valueAt(gradient, i);
    const m = beta1 * valueAt(first, i) + (1 - beta1) * g;
    const v = beta2 * valueAt(second, i) + (1 - beta2) * g * g;
    const step = m / correction1 / (Math.sqrt(v / correction2) + epsilon);
    parameter[i] = value - rate * decay * value - rate * step;
    first[i] = m;
    second[i] = v;
    gradient[i] = 0;
  });
  return [];
};
