import { knownColumns } from '../../shape.ts';
import type { Lowering } from '../lowering.ts';

/** Angles in float64, as in the op: positions times frequencies lose digits in float32. */
export const ropeTable: Lowering = ({ graph, input, attribute }) => {
  const positions = graph.cast(graph.reshape(input(0), -1, 1), 'float64');
  const angles = graph.emit('Mul', [positions, graph.cast(graph.reshape(input(1), 1, -1), 'float64')]);
  const both = graph.emit('Concat', [graph.emit('Cos', [angles]), graph.emit('Sin', [angles])], { axis: 1 });
  return [graph.emit('Mul', [graph.cast(both, graph.real), graph.number(attribute('scaling'))])];
};

export const rope: Lowering = ({ graph, input, value, attribute }) => {
  const headDim = attribute('headDim');
  const columns = knownColumns(value(0));
  const half = knownColumns(value(1)) / 2;
  const heads = graph.reshape(input(0), 0, columns / headDim, headDim);
  const first = graph.slice(heads, 2, [0, half]);
  const second = graph.slice(heads, 2, [half, 2 * half]);
  const table = graph.unsqueeze(input(1), 1);
  const cos = graph.slice(table, 2, [0, half]);
  const ahead = graph.slice(table, 2, [half, 2 * half]);
  const sin = attribute('inverse') === 1 ? graph.emit('Neg', [ahead]) : ahead;
  const times = (a: string, b: string): string => graph.emit('Mul', [a, b]);
  const parts = [
    graph.emit('Sub', [times(first, cos), times(second, sin)]),
    graph.emit('Add', [times(second, cos), times(first, sin)]),
  ];
  if (2 * half < headDim) parts.push(graph.slice(heads, 2, [2 * half, headDim]));
  return [graph.reshape(graph.emit('Concat', parts, { axis: 2 }), 0, columns)];
};
