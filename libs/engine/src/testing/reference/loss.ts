import { at, attributeOf, fill, matrix, type Reference, required, sum, valueAt } from './matrix.ts';

export const linearCrossEntropy: Reference = (call) => {
  const [h, w, targets] = [required(call, 0), required(call, 1), required(call, 2)];
  const lossScale = valueAt(required(call, 3).data, 0);
  const lowRank = call.inputs[4] ?? null;
  const lowRankWeight = lowRank === null ? null : required(call, 5);
  const logits = fill(h.rows, w.rows, (row, out) => {
    const base = sum(h.columns, (k) => at(h, row, k) * at(w, out, k));
    if (lowRank === null || lowRankWeight === null) return base;
    return base + sum(lowRank.columns, (k) => at(lowRank, row, k) * at(lowRankWeight, out, k));
  });
  const logTotals = Array.from({ length: h.rows }, (_, row) => {
    const most = Math.max(...logits.data.subarray(row * w.rows, (row + 1) * w.rows));
    return most + Math.log(sum(w.rows, (out) => Math.exp(at(logits, row, out) - most)));
  });
  const logProbabilities = fill(h.rows, 1, (row) => {
    return at(logits, row, valueAt(targets.data, row)) - valueAt(logTotals, row);
  });
  const loss = matrix(1, 1);
  loss.data[0] = -lossScale * sum(h.rows, (row) => valueAt(logProbabilities.data, row));
  const dLogits = fill(h.rows, w.rows, (row, out) => {
    const probability = Math.exp(at(logits, row, out) - valueAt(logTotals, row));
    return lossScale * (probability - (out === valueAt(targets.data, row) ? 1 : 0));
  });
  const outputs = [loss, logProbabilities];
  if (attributeOf(call, 'gradient') === 1) {
    outputs.push(
      fill(h.rows, h.columns, (row, k) => sum(w.rows, (out) => at(dLogits, row, out) * at(w, out, k))),
    );
  }
  if (attributeOf(call, 'weightGradient') === 1) {
    outputs.push(
      fill(w.rows, w.columns, (out, k) => sum(h.rows, (row) => at(dLogits, row, out) * at(h, row, k))),
    );
  }
  if (attributeOf(call, 'gradient') === 1 && lowRank !== null && lowRankWeight !== null) {
    outputs.push(
      fill(h.rows, lowRank.columns, (row, k) =>
        sum(w.rows, (out) => at(dLogits, row, out) * at(lowRankWeight, out, k)),
      ),
      fill(w.rows, lowRank.columns, (out, k) =>
        sum(h.rows, (row) => at(dLogits, row, out) * at(lowRank, row, k)),
      ),
    );
  }
  return outputs;
};
