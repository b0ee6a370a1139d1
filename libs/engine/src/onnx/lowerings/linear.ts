import type { Lowering, LoweringContext } from '../lowering.ts';

function scaled({ graph, attribute }: LoweringContext, value: string): string {
  return attribute('alpha') === 1 ? value : graph.emit('Mul', [value, graph.number(attribute('alpha'))]);
}

function added({ graph }: LoweringContext, value: string, term: string | null): string {
  return term === null ? value : graph.emit('Add', [value, term]);
}

export const linear: Lowering = (context) => {
  const { graph, input, optional } = context;
  const transposed = graph.emit('Transpose', [input(1)], { perm: [1, 0] });
  const product = graph.emit('MatMul', [input(0), transposed]);
  return [added(context, scaled(context, added(context, product, optional(2))), optional(3))];
};

export const linearDx: Lowering = (context) => {
  const { graph, input, optional } = context;
  return [added(context, scaled(context, graph.emit('MatMul', [input(0), input(1)])), optional(2))];
};

export const linearDw: Lowering = (context) => {
  const { graph, input } = context;
  const transposed = graph.emit('Transpose', [input(0)], { perm: [1, 0] });
  return [scaled(context, graph.emit('MatMul', [transposed, input(1)]))];
};

export const columnSum: Lowering = (context) => {
  const { graph, input } = context;
  return [scaled(context, graph.emit('ReduceSum', [input(0), graph.integers(0)], { keepdims: 0 }))];
};

export const columnDot: Lowering = ({ graph, input }) => {
  const products = graph.emit('Mul', [input(0), input(1)]);
  return [graph.emit('ReduceSum', [products, graph.integers(0)], { keepdims: 0 })];
};
