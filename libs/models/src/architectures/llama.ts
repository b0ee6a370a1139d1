/** Llama (Touvron et al. 2023) and its kin: Mistral adds a window, Qwen2 biases on q, k, v, Qwen3 norms on q and k. */
import { ops, type Value } from '@weft/engine';
import type { ModelGraph } from './model-graph.ts';

/** Final hidden states, [tokens, hiddenSize]. */
export function buildLlama(graph: ModelGraph): Value {
  let hidden = graph.embedding('model.embed_tokens');
  for (let layer = 0; layer < graph.config.layers; layer++) {
    hidden = graph.builder.region(`layer.${layer}`, () => buildLayer(graph, layer, hidden));
  }
  return graph.rmsNorm('model.norm', hidden, graph.config.hiddenSize);
}

function buildLayer(graph: ModelGraph, layer: number, hidden: Value): Value {
  const name = `model.layers.${layer}`;
  const { hiddenSize } = graph.config;
  const attended = buildAttention(graph, layer, graph.rmsNorm(`${name}.input_layernorm`, hidden, hiddenSize));
  const middle = graph.add(hidden, attended);
  const normed = graph.rmsNorm(`${name}.post_attention_layernorm`, middle, hiddenSize);
  return graph.add(middle, buildMlp(graph, layer, normed));
}

function buildAttention(graph: ModelGraph, layer: number, x: Value): Value {
  const name = `model.layers.${layer}.self_attn`;
  const { hiddenSize, heads, kvHeads, headDim, attentionBias, attentionOutputBias, headNorm } = graph.config;
  const project = (part: string, partHeads: number): Value =>
    graph.linear(`${name}.${part}_proj`, x, {
      layer,
      inFeatures: hiddenSize,
      outFeatures: partHeads * headDim,
      bias: attentionBias,
    });
  const normed = (part: string, value: Value): Value =>
    headNorm ? graph.rmsNorm(`${name}.${part}_norm`, value, headDim) : value;
  const q = graph.rotate(normed('q', project('q', heads)));
  const k = graph.rotate(normed('k', project('k', kvHeads)));
  const v = project('v', kvHeads);
  return graph.linear(`${name}.o_proj`, graph.attention(layer, { q, k, v }), {
    layer,
    inFeatures: heads * headDim,
    outFeatures: hiddenSize,
    bias: attentionOutputBias,
  });
}

function buildMlp(graph: ModelGraph, layer: number, x: Value): Value {
  const name = `model.layers.${layer}.mlp`;
  const { hiddenSize, intermediateSize, mlpBias } = graph.config;
  const up = { layer, inFeatures: hiddenSize, outFeatures: intermediateSize, bias: mlpBias };
  const gated = graph.builder.compute(ops.siluMul, [
    graph.linear(`${name}.gate_proj`, x, up),
    graph.linear(`${name}.up_proj`, x, up),
  ]);
  return graph.linear(`${name}.down_proj`, gated, {
    layer,
    inFeatures: intermediateSize,
    outFeatures: hiddenSize,
    bias: mlpBias,
  });
}
