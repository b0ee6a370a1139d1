/** Attention by its definition: every weight of every query is written out. */
import {
  at,
  attributeOf,
  fill,
  type Matrix,
  matrix,
  type Reference,
  type ReferenceCall,
  required,
  sum,
  valueAt,
} from './matrix.ts';

/** A place whose key a query may see: a token's row, or a row of the prefix. */
interface Place {
  readonly keys: Matrix;
  readonly values: Matrix;
  readonly row: number;
}

interface Heads {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly scale: number;
  readonly window: number;
}

function headsOf(call: ReferenceCall): Heads {
  const [heads = 0, kvHeads = 0, headDim = 0, scale = 0, window = 0] = [
    'heads',
    'kvHeads',
    'headDim',
    'scale',
    'window',
  ].map((name) => attributeOf(call, name));
  return { heads, kvHeads, headDim, scale, window };
}

interface Operands {
  readonly q: Matrix;
  readonly k: Matrix;
  readonly v: Matrix;
  readonly starts: Matrix;
  readonly prefixKeys: Matrix | null;
  readonly prefixValues: Matrix | null;
}

/** What each query sees, token after token: the prefix at positions -n … -1, then its own sequence up to itself. */
function placesOf(operands: Operands, window: number): readonly (readonly Place[])[] {
  const { k, v, starts, prefixKeys, prefixValues } = operands;
  const all: Place[][] = [];
  for (let sequence = 0; sequence + 1 < starts.data.length; sequence++) {
    const first = valueAt(starts.data, sequence);
    for (let token = first; token < valueAt(starts.data, sequence + 1); token++) {
      const visible = (position: number): boolean => window === 0 || token - first - position < window;
      const places: Place[] = [];
      if (prefixKeys !== null && prefixValues !== null) {
        for (let row = 0; row < prefixKeys.rows; row++)
          if (visible(row - prefixKeys.rows)) places.push({ keys: prefixKeys, values: prefixValues, row });
      }
      for (let row = first; row <= token; row++) {
        if (visible(row - first)) places.push({ keys: k, values: v, row });
      }
      all.push(places);
    }
  }
  return all;
}

interface Softmax {
  readonly probabilities: readonly number[];
  readonly logSumExp: number;
}

function attend(q: Matrix, token: number, head: number, places: readonly Place[], heads: Heads): Softmax {
  const { headDim, scale } = heads;
  const kvHead = Math.floor(head / (heads.heads / heads.kvHeads));
  const scores = places.map(
    ({ keys, row }) =>
      scale * sum(headDim, (i) => at(q, token, head * headDim + i) * at(keys, row, kvHead * headDim + i)),
  );
  const most = Math.max(...scores);
  const total = sum(scores.length, (i) => Math.exp(valueAt(scores, i) - most));
  return {
    probabilities: scores.map((score) => Math.exp(score - most) / total),
    logSumExp: most + Math.log(total),
  };
}

function forward(operands: Operands, heads: Heads): readonly [Matrix, Matrix] {
  const { q } = operands;
  const out = matrix(q.rows, q.columns);
  const logSumExp = matrix(q.rows, heads.heads);
  placesOf(operands, heads.window).forEach((places, token) => {
    for (let head = 0; head < heads.heads; head++) {
      const kvHead = Math.floor(head / (heads.heads / heads.kvHeads));
      const softmax = attend(q, token, head, places, heads);
      logSumExp.data[token * heads.heads + head] = softmax.logSumExp;
      for (let i = 0; i < heads.headDim; i++) {
        out.data[token * q.columns + head * heads.headDim + i] = sum(
          places.length,
          (p) => valueAt(softmax.probabilities, p) * valueColumn(places, p, kvHead * heads.headDim + i),
        );
      }
    }
  });
  return [out, logSumExp];
}

function valueColumn(places: readonly Place[], index: number, column: number): number {
  const place = places[index];
  return place === undefined ? 0 : at(place.values, place.row, column);
}

export const attention: Reference = (call) => {
  const operands = {
    q: required(call, 0),
    k: required(call, 1),
    v: required(call, 2),
    starts: required(call, 3),
    prefixKeys: call.inputs[4] ?? null,
    prefixValues: call.inputs[5] ?? null,
  };
  return forward(operands, headsOf(call));
};

function addTo(target: Matrix, row: number, column: number, value: number): void {
  target.data[row * target.columns + column] = at(target, row, column) + value;
}

/** dv = pᵀ dOut, dScore = p (dOut vᵀ - dOut · out), dq = scale dScore k, dk = scale dScoreᵀ q. */
export const attentionGrad: Reference = (call) => {
  const heads = headsOf(call);
  const { headDim, scale } = heads;
  const dOut = required(call, 0);
  const operands = {
    q: required(call, 1),
    k: required(call, 2),
    v: required(call, 3),
    starts: required(call, 6),
    prefixKeys: call.inputs[7] ?? null,
    prefixValues: call.inputs[8] ?? null,
  };
  const gradients = new Map<Matrix, Matrix>();
  for (const operand of Object.values(operands)) {
    if (operand !== null) gradients.set(operand, matrix(operand.rows, operand.columns));
  }
  const gradientOf = (operand: Matrix): Matrix => gradients.get(operand) ?? operand;
  placesOf(operands, heads.window).forEach((places, token) => {
    for (let head = 0; head < heads.heads; head++) {
      const own = head * headDim;
      const shared = Math.floor(head / (heads.heads / heads.kvHeads)) * headDim;
      const { probabilities } = attend(operands.q, token, head, places, heads);
      const slopes = places.map(({ values, row }) =>
        sum(headDim, (i) => at(dOut, token, own + i) * at(values, row, shared + i)),
      );
      const mean = sum(slopes.length, (p) => valueAt(probabilities, p) * valueAt(slopes, p));
      places.forEach(({ keys, values, row }, p) => {
        const probability = valueAt(probabilities, p);
        const dScore = scale * probability * (valueAt(slopes, p) - mean);
        for (let i = 0; i < headDim; i++) {
          addTo(gradientOf(values), row, shared + i, probability * at(dOut, token, own + i));
          addTo(gradientOf(operands.q), token, own + i, dScore * at(keys, row, shared + i));
          addTo(gradientOf(keys), row, shared + i, dScore * at(operands.q, token, own + i));
        }
      });
    }
  });
  const wanted = [operands.q, operands.k, operands.v, operands.prefixKeys, operands.prefixValues];
  return wanted.filter((operand) => operand !== null).map(gradientOf);
};

/** Appends the new keys and values to each slot, then attends as if slot and new rows were one sequence. */
export const cachedAttention: Reference = (call) => {
  const heads = headsOf(call);
  const [q, k, v] = [required(call, 0), required(call, 1), required(call, 2)];
  const [cacheKeys, cacheValues, starts] = [required(call, 3), required(call, 4), required(call, 5)];
  const [cacheStarts, cacheLengths] = [required(call, 6), required(call, 7)];
  const out = matrix(q.rows, q.columns);
  for (let sequence = 0; sequence + 1 < starts.data.length; sequence++) {
    const first = valueAt(starts.data, sequence);
    const end = valueAt(starts.data, sequence + 1);
    const slot = valueAt(cacheStarts.data, sequence);
    const length = valueAt(cacheLengths.data, sequence);
    for (let token = first; token < end; token++) {
      const row = slot + length + token - first;
      for (let column = 0; column < k.columns; column++) {
        cacheKeys.data[row * k.columns + column] = at(k, token, column);
        cacheValues.data[row * k.columns + column] = at(v, token, column);
      }
    }
    const rows = length + end - first;
    const operands = {
      q: fill(rows, q.columns, (row, column) => (row < length ? 0 : at(q, first + row - length, column))),
      k: fill(rows, k.columns, (row, column) => at(cacheKeys, slot + row, column)),
      v: fill(rows, k.columns, (row, column) => at(cacheValues, slot + row, column)),
      starts: fill(1, 2, (_, column) => column * rows),
      prefixKeys: null,
      prefixValues: null,
    };
    const [whole] = forward(operands, heads);
    for (let token = first; token < end; token++) {
      for (let column = 0; column < q.columns; column++)
        out.data[token * q.columns + column] = at(whole, length + token - first, column);
    }
  }
  return [out];
};
