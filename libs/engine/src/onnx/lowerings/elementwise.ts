import type { Lowering } from '../lowering.ts';

export const add: Lowering = ({ graph, input }) => [graph.emit('Add', [input(0), input(1)])];

export const scaleColumns: Lowering = ({ graph, input }) => [graph.emit('Mul', [input(0), input(1)])];

export const siluMul: Lowering = ({ graph, input }) => {
  const silu = graph.emit('Mul', [input(0), graph.emit('Sigmoid', [input(0)])]);
  return [graph.emit('Mul', [silu, input(1)])];
};

/** x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x³))). */
export const geluTanh: Lowering = ({ graph, input }) => {
  const x = input(0);
  const cubic = graph.emit('Mul', [
    graph.emit('Mul', [graph.emit('Mul', [x, x]), x]),
    graph.number(0.044715),
  ]);
  const inner = graph.emit('Mul', [graph.emit('Add', [x, cubic]), graph.number(Math.sqrt(2 / Math.PI))]);
  const gate = graph.emit('Add', [graph.emit('Tanh', [inner]), graph.number(1)]);
  return [graph.emit('Mul', [graph.emit('Mul', [x, gate]), graph.number(0.5)])];
};

export const tanh: Lowering = ({ graph, input }) => [graph.emit('Tanh', [input(0)])];

export const tanhGrad: Lowering = ({ graph, input }) => {
  const slope = graph.emit('Sub', [graph.number(1), graph.emit('Mul', [input(1), input(1)])]);
  return [graph.emit('Mul', [input(0), slope])];
};

export const squaredNorm: Lowering = ({ graph, input }) => {
  const flat = graph.reshape(input(0), -1);
  return [graph.emit('ReduceSumSquare', [flat, graph.integers(0)], { keepdims: 1 })];
};
