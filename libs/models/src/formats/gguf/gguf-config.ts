/** The `config.json` that a GGUF file stands for. */

import { WeftError } from '@weft/errors';
import { malformed } from '../file-errors.ts';
import type { JsonObject } from '../json-file.ts';
import type { TensorEntry } from '../tensor-entry.ts';
import { ggufMalformed } from './gguf-cursor.ts';
import type { GgufHeader } from './gguf-header.ts';
import type { GgufMetadata } from './gguf-metadata.ts';
import { type GgufNames, gpt2Names, llamaNames } from './gguf-names.ts';
import { ropeScalingOf, ropeThetaOf } from './gguf-rope.ts';

/** What the tensors say beyond the metadata. */
export interface ConfigInput {
  readonly header: GgufHeader;
  readonly metadata: GgufMetadata;
  readonly ropeFactors: Float32Array | null;
  readonly isTied: boolean;
}

export interface GgufArchitecture {
  readonly names: GgufNames;
  /** Rows of q and k have the halves of their heads interleaved. */
  readonly interleavesHeads: boolean;
  readonly config: (input: ConfigInput) => JsonObject;
}

const architectures: ReadonlyMap<string, GgufArchitecture> = new Map([
  ['llama', { names: llamaNames, interleavesHeads: true, config: llamaConfig }],
  ['qwen2', { names: llamaNames, interleavesHeads: false, config: qwen2Config }],
  ['qwen3', { names: llamaNames, interleavesHeads: false, config: qwen3Config }],
  ['gpt2', { names: gpt2Names, interleavesHeads: false, config: gpt2Config }],
]);

/** Throws `GGUF_ARCHITECTURE_UNKNOWN`. */
export function ggufArchitecture(header: GgufHeader, metadata: GgufMetadata): GgufArchitecture {
  const architecture = architectures.get(metadata.architecture);
  const experts = architecture === undefined ? 0 : (metadata.number('expert_count') ?? 0);
  if (architecture !== undefined && experts === 0) return architecture;
  const shown = experts > 0 ? `${metadata.architecture} with ${experts} experts` : metadata.architecture;
  throw new WeftError({
    code: 'GGUF_ARCHITECTURE_UNKNOWN',
    kind: 'invalid',
    message: `${header.path} holds a model of the architecture ${shown}, which is not supported`,
    field: 'general.architecture',
    value: shown,
    remedy: `Use a model of one of these: ${[...architectures.keys()].join(', ')}.`,
  });
}

function common({ header, metadata, isTied }: ConfigInput): JsonObject {
  const [vocabulary = 0] = embeddingOf(header).shape;
  return {
    vocab_size: vocabulary,
    tie_word_embeddings: isTied,
    torch_dtype: torchDTypeOf(header),
    bos_token_id: metadata.tokenId('bos'),
    eos_token_id: metadata.tokenId('eos'),
    pad_token_id: metadata.tokenId('padding'),
  };
}

export function embeddingOf(header: GgufHeader): TensorEntry {
  const embedding = header.tensors.get('token_embd.weight');
  if (embedding?.shape.length === 2) return embedding;
  throw malformed(ggufMalformed, `${header.path} has no matrix token_embd.weight`, {
    field: 'token_embd.weight',
  });
}

/** The type a model converted from this file would have: quantised weights were bfloat16 once. */
function torchDTypeOf(header: GgufHeader): string {
  const types = new Set(
    [...header.tensors.values()].filter(({ shape }) => shape.length > 1).map(({ dtype }) => dtype),
  );
  if ([...types].every((type) => type === 'F32')) return 'float32';
  return [...types].every((type) => type === 'F16' || type === 'F32') ? 'float16' : 'bfloat16';
}

/** What all architectures with rotary embeddings and a gated MLP share. */
function rotary(input: ConfigInput): JsonObject {
  const { header, metadata } = input;
  const hidden = metadata.requiredCount('embedding_length');
  const heads = metadata.requiredCount('attention.head_count');
  const headDim =
    metadata.count('attention.key_length') ?? metadata.count('rope.dimension_count') ?? hidden / heads;
  requireEqual(
    header,
    'attention.value_length',
    metadata.count('attention.value_length') ?? headDim,
    headDim,
  );
  requireEqual(header, 'rope.dimension_count', metadata.count('rope.dimension_count') ?? headDim, headDim);
  return {
    hidden_act: 'silu',
    hidden_size: hidden,
    intermediate_size: metadata.requiredCount('feed_forward_length'),
    num_hidden_layers: metadata.requiredCount('block_count'),
    num_attention_heads: heads,
    num_key_value_heads: metadata.count('attention.head_count_kv') ?? heads,
    head_dim: headDim,
    max_position_embeddings: metadata.requiredCount('context_length'),
    rms_norm_eps: metadata.requiredNumber('attention.layer_norm_rms_epsilon'),
    rope_theta: ropeThetaOf(metadata),
    rope_scaling: ropeScalingOf(metadata, input.ropeFactors),
    attention_dropout: 0,
    ...common(input),
  };
}

function requireEqual(header: GgufHeader, key: string, actual: number, headDim: number): void {
  if (actual === headDim) return;
  throw malformed(ggufMalformed, `${header.path}: ${key} is ${actual}, the width of a head ${headDim}`, {
    field: key,
    value: actual,
  });
}

function llamaConfig(input: ConfigInput): JsonObject {
  const window = input.metadata.count('attention.sliding_window');
  // Mistral models carry the name of Llama in GGUF; what sets them apart is the window.
  if (window !== null) {
    return {
      architectures: ['MistralForCausalLM'],
      model_type: 'mistral',
      ...rotary(input),
      sliding_window: window,
    };
  }
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    ...rotary(input),
    attention_bias: input.header.tensors.has('blk.0.attn_q.bias'),
    mlp_bias: input.header.tensors.has('blk.0.ffn_up.bias'),
  };
}

function qwen2Config(input: ConfigInput): JsonObject {
  return {
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    ...rotary(input),
    use_sliding_window: false,
  };
}

function qwen3Config(input: ConfigInput): JsonObject {
  return {
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    ...rotary(input),
    attention_bias: input.header.tensors.has('blk.0.attn_q.bias'),
    use_sliding_window: false,
  };
}

function gpt2Config(input: ConfigInput): JsonObject {
  const { metadata } = input;
  return {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    activation_function: 'gelu_new',
    n_embd: metadata.requiredCount('embedding_length'),
    n_inner: metadata.count('feed_forward_length'),
    n_layer: metadata.requiredCount('block_count'),
    n_head: metadata.requiredCount('attention.head_count'),
    n_positions: metadata.requiredCount('context_length'),
    layer_norm_epsilon: metadata.requiredNumber('attention.layer_norm_epsilon'),
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    ...common(input),
  };
}
