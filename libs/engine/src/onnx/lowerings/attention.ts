/** Attention as ONNX has it only in dense form: all tokens against all, what a query must not see masked away. */
import { knownRows } from '../../shape.ts';
import type { GraphWriter } from '../graph-writer.ts';
import type { Lowering, LoweringContext } from '../lowering.ts';

/** Each token's place: its row, the number of its sequence, and its position there; all int32 [tokens]. */
interface Places {
  readonly row: string;
  readonly sequence: string;
  readonly position: string;
}

function placesOf({ graph, input }: LoweringContext): Places {
  const size = graph.emit('Gather', [graph.emit('Shape', [input(0)]), graph.integers(0)]);
  const tokens = graph.cast(graph.reshape(size, 1), 'int32');
  const scalar = graph.emit('Squeeze', [tokens, graph.integers(0)]);
  const row = graph.emit('Range', [graph.index(0), scalar, graph.index(1)]);
  const starts = graph.reshape(input(3), -1);
  const begun = graph.emit('GreaterOrEqual', [graph.unsqueeze(row, 1), graph.unsqueeze(starts, 0)]);
  const count = graph.emit('ReduceSum', [graph.cast(begun, 'int32'), graph.integers(1)], { keepdims: 0 });
  const sequence = graph.emit('Sub', [count, graph.index(1)]);
  const start = graph.emit('Gather', [starts, sequence], { axis: 0 });
  return { row, sequence, position: graph.emit('Sub', [row, start]) };
}

/** Which rows each token may see, [tokens, tokens]. */
function tokenMask(graph: GraphWriter, places: Places, window: number): string {
  const compare = (op: string, of: string): string =>
    graph.emit(op, [graph.unsqueeze(of, 1), graph.unsqueeze(of, 0)]);
  const past = graph.emit('And', [compare('Equal', places.sequence), compare('GreaterOrEqual', places.row)]);
  if (window === 0) return past;
  return graph.emit('And', [past, graph.emit('Less', [compare('Sub', places.row), graph.index(window)])]);
}

/** Which rows of the prefix, at positions -n … -1, each token may see, [tokens, n]. */
function prefixMask(graph: GraphWriter, places: Places, sizes: { prefix: number; window: number }): string {
  const columns = Array.from({ length: sizes.prefix }, (_, row) => {
    const reach = sizes.window === 0 ? 2 ** 31 - 1 : sizes.window - (sizes.prefix - row);
    return graph.emit('Less', [graph.unsqueeze(places.position, 1), graph.index(reach)]);
  });
  return graph.emit('Concat', columns, { axis: 1 });
}

export const attention: Lowering = (context) => {
  const { graph, input, optional, value, attribute } = context;
  const [heads, kvHeads, headDim] = [attribute('heads'), attribute('kvHeads'), attribute('headDim')];
  const window = attribute('window');
  const places = placesOf(context);
  const prefix = optional(4) === null ? 0 : knownRows(value(4));
  const shared = (rows: string, before: string | null): string => {
    const all = before === null ? rows : graph.emit('Concat', [before, rows], { axis: 0 });
    return graph.unsqueeze(
      graph.emit('Transpose', [graph.reshape(all, 0, kvHeads, headDim)], { perm: [1, 0, 2] }),
      1,
    );
  };
  const grouped = graph.reshape(input(0), 0, kvHeads, heads / kvHeads, headDim);
  const queries = graph.emit('Transpose', [grouped], { perm: [1, 2, 0, 3] });
  const keys = graph.emit('Transpose', [shared(input(1), optional(4))], { perm: [0, 1, 3, 2] });
  const scores = graph.emit('Mul', [graph.emit('MatMul', [queries, keys]), graph.number(attribute('scale'))]);
  const own = tokenMask(graph, places, window);
  const visible =
    prefix === 0
      ? own
      : graph.emit('Concat', [prefixMask(graph, places, { prefix, window }), own], { axis: 1 });
  const masked = graph.emit('Where', [visible, scores, graph.number(Number.NEGATIVE_INFINITY)]);
  const mixed = graph.emit('MatMul', [
    graph.emit('Softmax', [masked], { axis: -1 }),
    shared(input(2), optional(5)),
  ]);
  const out = graph.reshape(graph.emit('Transpose', [mixed], { perm: [2, 0, 1, 3] }), 0, heads * headDim);
  const sums = graph.emit('ReduceLogSumExp', [masked, graph.integers(-1)], { keepdims: 0 });
  return [out, graph.reshape(graph.emit('Transpose', [sums], { perm: [2, 0, 1] }), 0, heads)];
};
