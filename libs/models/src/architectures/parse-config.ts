import { WeftError } from '@weft/errors';
import type { JsonObject } from '../formats/json-file.ts';
import { ConfigReader } from './config-reader.ts';
import type { Architecture, DecoderConfig } from './decoder-config.ts';
import { readRope } from './rope-frequencies.ts';

const architectures: readonly Architecture[] = ['llama', 'mistral', 'qwen2', 'qwen3', 'gpt2'];

/**
 * Reads the `config.json` of transformers 4 or 5.
 *
 * @throws WeftError `MODEL_ARCHITECTURE_UNKNOWN` or `MODEL_CONFIG_INVALID`, naming field and value.
 */
export function parseDecoderConfig(json: JsonObject, path: string): DecoderConfig {
  const reader = new ConfigReader(json, path);
  const type = reader.string('model_type');
  const architecture = architectures.find((known) => known === type);
  if (architecture === undefined) {
    throw new WeftError({
      code: 'MODEL_ARCHITECTURE_UNKNOWN',
      kind: 'invalid',
      message: `${path}: the architecture '${type}' is not supported`,
      field: 'model_type',
      value: type,
      remedy: `use a model of one of: ${architectures.join(', ')}`,
    });
  }
  const config = architecture === 'gpt2' ? parseGpt2(reader) : parseLlamaFamily(reader, architecture);
  if (config.heads % config.kvHeads !== 0) {
    throw reader.invalid('num_key_value_heads', `must divide num_attention_heads (${config.heads})`);
  }
  return config;
}

function parseLlamaFamily(reader: ConfigReader, architecture: Architecture): DecoderConfig {
  requireActivation(reader, 'hidden_act', ['silu', 'swish']);
  const hiddenSize = reader.integer('hidden_size');
  const heads = reader.integer('num_attention_heads');
  const headDim = reader.integer('head_dim', hiddenSize / heads);
  const layers = reader.integer('num_hidden_layers');
  const maxPositions = reader.integer('max_position_embeddings', 2048);
  const isQwen2 = architecture === 'qwen2';
  const attentionBias = reader.boolean('attention_bias', isQwen2);
  return {
    architecture,
    vocabularySize: reader.integer('vocab_size'),
    hiddenSize,
    intermediateSize: reader.integer('intermediate_size'),
    layers,
    heads,
    kvHeads: reader.integer('num_key_value_heads', architecture === 'llama' ? heads : undefined),
    headDim,
    normEpsilon: reader.number('rms_norm_eps', 1e-6),
    maxPositions,
    tiedHead: reader.boolean('tie_word_embeddings', false),
    attentionBias: isQwen2 ? true : attentionBias,
    attentionOutputBias: isQwen2 ? false : attentionBias,
    mlpBias: reader.boolean('mlp_bias', false),
    headNorm: architecture === 'qwen3',
    rope: readRope(reader, { architecture, headDim, maxPositions }),
    windows: readWindows(reader, architecture, layers),
    attentionScale: 1 / Math.sqrt(headDim),
  };
}

/** Mistral slides everywhere; Qwen only with `use_sliding_window` and from layer `max_window_layers` on. */
function readWindows(reader: ConfigReader, architecture: Architecture, layers: number): readonly number[] {
  const all = Array.from({ length: layers }, (_, layer) => layer);
  if (architecture === 'llama' || !reader.has('sliding_window')) return all.map(() => 0);
  const window = reader.integer('sliding_window');
  if (architecture === 'mistral') return all.map(() => window);
  if (!reader.boolean('use_sliding_window', false)) return all.map(() => 0);
  const types = reader.strings('layer_types');
  if (types !== null) return all.map((layer) => (types[layer] === 'sliding_attention' ? window : 0));
  const from = Number(reader.json['max_window_layers'] ?? 28);
  return all.map((layer) => (layer >= from ? window : 0));
}

function parseGpt2(reader: ConfigReader): DecoderConfig {
  requireActivation(reader, 'activation_function', ['gelu_new', 'gelu_pytorch_tanh']);
  for (const field of ['scale_attn_by_inverse_layer_idx', 'add_cross_attention']) {
    if (reader.boolean(field, false)) throw reader.invalid(field, 'is not supported');
  }
  const hiddenSize = reader.integer('n_embd');
  const heads = reader.integer('n_head');
  const layers = reader.integer('n_layer');
  const headDim = reader.integer('head_dim', hiddenSize / heads);
  return {
    architecture: 'gpt2',
    vocabularySize: reader.integer('vocab_size'),
    hiddenSize,
    intermediateSize: reader.integer('n_inner', 4 * hiddenSize),
    layers,
    heads,
    kvHeads: heads,
    headDim,
    normEpsilon: reader.number('layer_norm_epsilon', 1e-5),
    maxPositions: reader.integer('n_positions', 1024),
    tiedHead: reader.boolean('tie_word_embeddings', true),
    attentionBias: true,
    attentionOutputBias: true,
    mlpBias: true,
    headNorm: false,
    rope: null,
    windows: Array.from({ length: layers }, () => 0),
    attentionScale: reader.boolean('scale_attn_weights', true) ? 1 / Math.sqrt(headDim) : 1,
  };
}

function requireActivation(reader: ConfigReader, field: string, known: readonly string[]): void {
  if (!known.includes(reader.string(field, known[0]))) {
    throw reader.invalid(field, `must be one of ${known.join(', ')}`);
  }
}
