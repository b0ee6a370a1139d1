import { knownColumns } from '../../shape.ts';
import type { Lowering } from '../lowering.ts';

export const rmsNorm: Lowering = ({ graph, input, value, attribute }) => {
  const columns = knownColumns(value(0));
  const width = knownColumns(value(1));
  const x = graph.reshape(input(0), 0, columns / width, width);
  const squares = graph.emit('Mul', [x, x]);
  const mean = graph.emit('ReduceMean', [squares, graph.integers(-1)], { keepdims: 1 });
  const root = graph.emit('Sqrt', [graph.emit('Add', [mean, graph.number(attribute('epsilon'))])]);
  const normed = graph.emit('Mul', [graph.emit('Div', [x, root]), input(1)]);
  return [graph.reshape(normed, 0, columns)];
};

export const layerNorm: Lowering = ({ graph, input, attribute }) => [
  graph.emit('LayerNormalization', [input(0), input(1), input(2)], {
    axis: -1,
    epsilon: attribute('epsilon'),
  }),
];
