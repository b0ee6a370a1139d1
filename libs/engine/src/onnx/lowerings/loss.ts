import type { Lowering, LoweringContext } from '../lowering.ts';

/** Through whole logits, which only an oracle can afford. */
export const linearCrossEntropy: Lowering = (context) => {
  const { graph, input, optional, attribute } = context;
  const [h, w, lossScale] = [input(0), input(1), input(3)];
  const lowRank = optional(4);
  const base = product(context, h, transposed(context, w));
  const logits =
    lowRank === null
      ? base
      : graph.emit('Add', [base, product(context, lowRank, transposed(context, input(5)))]);
  const logs = graph.emit('LogSoftmax', [logits], { axis: -1 });
  const targets = graph.cast(graph.reshape(input(2), -1, 1), 'int64');
  const picked = graph.emit('GatherElements', [logs, targets], { axis: 1 });
  const total = graph.emit('ReduceSum', [graph.reshape(picked, -1), graph.integers(0)], { keepdims: 1 });
  const outputs = [graph.emit('Neg', [graph.emit('Mul', [total, lossScale])]), picked];
  const zeros = graph.emit('Expand', [graph.number(0), graph.emit('Shape', [logits])]);
  const ones = graph.emit('Expand', [graph.number(1), graph.emit('Shape', [picked])]);
  const hot = graph.emit('ScatterElements', [zeros, targets, ones], { axis: 1 });
  const slope = graph.emit('Mul', [graph.emit('Sub', [graph.emit('Exp', [logs]), hot]), lossScale]);
  if (attribute('gradient') === 1) outputs.push(product(context, slope, w));
  if (attribute('weightGradient') === 1) outputs.push(product(context, transposed(context, slope), h));
  if (attribute('gradient') === 1 && lowRank !== null) {
    outputs.push(product(context, slope, input(5)), product(context, transposed(context, slope), lowRank));
  }
  return outputs;
};

function product({ graph }: LoweringContext, a: string, b: string): string {
  return graph.emit('MatMul', [a, b]);
}

function transposed({ graph }: LoweringContext, value: string): string {
  return graph.emit('Transpose', [value], { perm: [1, 0] });
}
