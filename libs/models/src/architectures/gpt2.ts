/** GPT-2 (Radford et al. 2019): learnt positions, LayerNorm, one projection for q, k and v. */
import { ops, type Value } from '@weft/engine';
import type { ModelGraph } from './model-graph.ts';

/** Final hidden states, [tokens, hiddenSize]. */
export function buildGpt2(graph: ModelGraph): Value {
  const { layers, maxPositions, hiddenSize } = graph.config;
  const places = graph.builder.compute(ops.embedding, [
    graph.tensor('transformer.wpe.weight', maxPositions, hiddenSize),
    graph.positions,
  ]);
  let hidden = graph.add(graph.embedding('transformer.wte'), places);
  for (let layer = 0; layer < layers; layer++) {
    hidden = graph.builder.region(`layer.${layer}`, () => buildLayer(graph, layer, hidden));
  }
  return graph.layerNorm('transformer.ln_f', hidden);
}

function buildLayer(graph: ModelGraph, layer: number, hidden: Value): Value {
  const name = `transformer.h.${layer}`;
  const middle = graph.add(hidden, buildAttention(graph, layer, graph.layerNorm(`${name}.ln_1`, hidden)));
  return graph.add(middle, buildMlp(graph, layer, graph.layerNorm(`${name}.ln_2`, middle)));
}

function buildAttention(graph: ModelGraph, layer: number, x: Value): Value {
  const name = `transformer.h.${layer}.attn`;
  const { hiddenSize } = graph.config;
  const qkv = graph.linear(`${name}.c_attn`, x, {
    layer,
    inFeatures: hiddenSize,
    outFeatures: 3 * hiddenSize,
    bias: true,
  });
  const part = (index: number): Value =>
    graph.builder.compute(ops.sliceColumns, [qkv], {
      attributes: { start: index * hiddenSize, width: hiddenSize },
    });
  const attended = graph.attention(layer, { q: part(0), k: part(1), v: part(2) });
  return graph.linear(`${name}.c_proj`, attended, {
    layer,
    inFeatures: hiddenSize,
    outFeatures: hiddenSize,
    bias: true,
  });
}

function buildMlp(graph: ModelGraph, layer: number, x: Value): Value {
  const name = `transformer.h.${layer}.mlp`;
  const { hiddenSize, intermediateSize } = graph.config;
  const up = graph.linear(`${name}.c_fc`, x, {
    layer,
    inFeatures: hiddenSize,
    outFeatures: intermediateSize,
    bias: true,
  });
  return graph.linear(`${name}.c_proj`, graph.builder.compute(ops.geluTanh, [up]), {
    layer,
    inFeatures: intermediateSize,
    outFeatures: hiddenSize,
    bias: true,
  });
}
