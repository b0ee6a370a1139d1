/** Two small decoders with adapters, as Programs built straight from ops. */
import * as ops from '../ops/index.ts';
import type { Program, Value } from '../program.ts';
import { ProgramBuilder } from '../program-builder.ts';

export const vocabulary = 29;
export const width = 24;
const heads = 4;
const kvHeads = 2;
const headDim = 6;
const middle = 40;

export interface SmallModelOptions {
  readonly layers: number;
  /** Low-rank adapters with dropout on the attention's projections. */
  readonly adapters?: boolean;
  /** Every matrix is a trainable parameter; the embedding is also the head. */
  readonly trainAll?: boolean;
}

class Graph {
  readonly builder = new ProgramBuilder();
  readonly options: SmallModelOptions;
  #streams = 0;

  constructor(options: SmallModelOptions) {
    this.options = options;
  }

  tensor(name: string, ...shape: readonly number[]): Value {
    return this.options.trainAll === true
      ? this.builder.parameter(name, shape)
      : this.builder.weight(name, shape);
  }

  linear(name: string, x: Value, sizes: { from: number; to: number; bias?: boolean }): Value {
    const weight = this.tensor(name, sizes.to, sizes.from);
    const bias = sizes.bias === true ? this.tensor(`${name}.bias`, sizes.to) : null;
    const base = this.builder.compute(ops.linear, [x, weight, bias, null], { attributes: { alpha: 1 } });
    return this.options.adapters === true ? this.#adapted(name, { x, base, ...sizes }) : base;
  }

  #adapted(name: string, site: { x: Value; base: Value; from: number; to: number }): Value {
    const { builder } = this;
    const a = builder.parameter(`${name}.lora_A`, [3, site.from]);
    const b = builder.parameter(`${name}.lora_B`, [site.to, 3]);
    const seed = builder.input('seed', [2], 'i32');
    const dropped = builder.compute(ops.dropout, [site.x, seed], {
      attributes: { probability: 0.1, stream: this.#streams++ },
    });
    const low = builder.compute(ops.linear, [dropped, a, null, null], { attributes: { alpha: 1 } });
    const high = builder.compute(ops.linear, [low, b, null, null], { attributes: { alpha: 2 } });
    return builder.compute(ops.add, [site.base, high]);
  }

  embed(): Value {
    const table = this.tensor('embedding', vocabulary, width);
    return this.builder.compute(ops.embedding, [table, this.builder.input('ids', ['tokens'], 'i32')]);
  }

  attention(q: Value, k: Value, v: Value, groups: { kvHeads: number; window: number }): Value {
    const starts = this.builder.input('sequenceStarts', ['bounds'], 'i32');
    return this.builder.compute(ops.attention, [q, k, v, starts, null, null], {
      attributes: { heads, ...groups, headDim, scale: 1 / Math.sqrt(headDim) },
    });
  }

  add(a: Value, b: Value): Value {
    return this.builder.compute(ops.add, [a, b]);
  }

  /** The loss over the listed rows, and the hidden states as an output. */
  finish(hidden: Value): Program {
    const { builder, options } = this;
    const labelled = builder.compute(ops.gatherRows, [hidden, builder.input('labelRows', ['labels'], 'i32')]);
    const head = this.tensor(options.trainAll === true ? 'embedding' : 'head', vocabulary, width);
    const [loss, logProbabilities] = builder.apply(
      ops.linearCrossEntropy,
      [labelled, head, builder.input('targets', ['labels'], 'i32'), builder.input('lossScale', [1])],
      { attributes: { gradient: 1, weightGradient: options.trainAll === true ? 1 : 0 } },
    );
    if (loss !== undefined) builder.output('loss', loss);
    if (logProbabilities !== undefined) builder.output('logProbabilities', logProbabilities);
    return builder.build();
  }
}

/** RMS norms, rotary positions, grouped heads with a window, SwiGLU. */
export function buildSmallLlama(options: SmallModelOptions): Program {
  const graph = new Graph(options);
  const { builder } = graph;
  const positions = builder.input('positions', ['tokens'], 'i32');
  const frequencies = builder.input('frequencies', [headDim / 2]);
  const table = builder.compute(ops.ropeTable, [positions, frequencies], { attributes: { scaling: 1 } });
  const rotate = (x: Value): Value =>
    builder.compute(ops.rope, [x, table], { attributes: { headDim, inverse: 0 } });
  const norm = (name: string, x: Value): Value =>
    builder.compute(ops.rmsNorm, [x, graph.tensor(name, width)], { attributes: { epsilon: 1e-5 } });
  let hidden = graph.embed();
  for (let layer = 0; layer < options.layers; layer++) {
    hidden = builder.region(`layer.${layer}`, () => {
      const x = norm(`${layer}.norm1`, hidden);
      const q = rotate(graph.linear(`${layer}.q`, x, { from: width, to: heads * headDim }));
      const k = rotate(graph.linear(`${layer}.k`, x, { from: width, to: kvHeads * headDim, bias: true }));
      const v = graph.linear(`${layer}.v`, x, { from: width, to: kvHeads * headDim });
      const mixed = graph.attention(q, k, v, { kvHeads, window: 4 });
      const after = graph.add(
        hidden,
        graph.linear(`${layer}.o`, mixed, { from: heads * headDim, to: width }),
      );
      const y = norm(`${layer}.norm2`, after);
      const gated = builder.compute(ops.siluMul, [
        graph.linear(`${layer}.gate`, y, { from: width, to: middle }),
        graph.linear(`${layer}.up`, y, { from: width, to: middle }),
      ]);
      return graph.add(after, graph.linear(`${layer}.down`, gated, { from: middle, to: width }));
    });
  }
  return graph.finish(norm('norm', hidden));
}

/** Layer norms, learnt positions, one product for q, k and v, GELU. */
export function buildSmallGpt2(options: SmallModelOptions): Program {
  const graph = new Graph(options);
  const { builder } = graph;
  const positions = builder.compute(ops.embedding, [
    graph.tensor('positions.table', 16, width),
    builder.input('positions', ['tokens'], 'i32'),
  ]);
  const norm = (name: string, x: Value): Value =>
    builder.compute(ops.layerNorm, [x, graph.tensor(name, width), graph.tensor(`${name}.bias`, width)], {
      attributes: { epsilon: 1e-5 },
    });
  let hidden = graph.add(graph.embed(), positions);
  for (let layer = 0; layer < options.layers; layer++) {
    hidden = builder.region(`layer.${layer}`, () => {
      const x = norm(`${layer}.norm1`, hidden);
      const qkv = graph.linear(`${layer}.qkv`, x, { from: width, to: 3 * width, bias: true });
      const [q, k, v] = [0, 1, 2].map((part) =>
        builder.compute(ops.sliceColumns, [qkv], { attributes: { start: part * width, width } }),
      ) as [Value, Value, Value];
      const mixed = graph.attention(q, k, v, { kvHeads: heads, window: 0 });
      const after = graph.add(
        hidden,
        graph.linear(`${layer}.o`, mixed, { from: width, to: width, bias: true }),
      );
      const y = norm(`${layer}.norm2`, after);
      const up = graph.linear(`${layer}.up`, y, { from: width, to: middle, bias: true });
      const gelu = builder.compute(ops.geluTanh, [up]);
      return graph.add(after, graph.linear(`${layer}.down`, gelu, { from: middle, to: width, bias: true }));
    });
  }
  return graph.finish(norm('norm', hidden));
}
