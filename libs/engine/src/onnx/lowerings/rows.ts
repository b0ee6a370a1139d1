import { knownColumns } from '../../shape.ts';
import type { Lowering } from '../lowering.ts';

/** Rows of the first input by the indices of the second: the embedding and the gathering of rows. */
export const pickRows: Lowering = ({ graph, input }) => [
  graph.emit('Gather', [input(0), graph.reshape(input(1), -1)], { axis: 0 }),
];

export const sliceColumns: Lowering = ({ graph, input, attribute }) => {
  const start = attribute('start');
  return [graph.slice(input(0), 1, [start, start + attribute('width')])];
};

export const padColumns: Lowering = ({ graph, input, value, attribute }) => {
  const start = attribute('start');
  const after = attribute('total') - start - knownColumns(value(0));
  return [graph.emit('Pad', [input(0), graph.integers(0, start, 0, after), graph.number(0)])];
};
