/** Prefix tuning's options and `adapter_config.json`. */
import type { DecoderConfig, JsonObject } from '@weft/models';
import type { ConfigReader } from '../files/config-reader.ts';

export interface PrefixConfig {
  readonly virtualTokens: number;
  /** Trained through a small network; what is saved are its results either way. */
  readonly hasProjection: boolean;
  /** Width of the network's hidden layer. */
  readonly hiddenSize: number;
  readonly startsAtZero: boolean;
}

/** Keys and values of one layer: kvHeads * headDim. PEFT's `token_dim`. */
export function keyValueFeatures({ kvHeads, headDim }: DecoderConfig): number {
  return kvHeads * headDim;
}

const isCount = (value: number): boolean => value > 0 && Number.isSafeInteger(value);

/** @throws WeftError `ADAPTER_CONFIG_INVALID` or `ADAPTER_UNSUPPORTED`, naming the key. */
export function readPrefixConfig(reader: ConfigReader, model: DecoderConfig): PrefixConfig {
  reader.refuse(['modules_to_save']);
  // The shape of the one tensor decides whether these fit the model.
  reader.ignore(['num_attention_heads', 'num_layers', 'token_dim']);
  reader.number('num_transformer_submodules', 1, (value) => value === 1);
  if (reader.value('num_virtual_tokens') === null) throw reader.invalid('num_virtual_tokens', 'a number');
  return {
    virtualTokens: reader.number('num_virtual_tokens', 0, isCount),
    hasProjection: reader.flag('prefix_projection'),
    hiddenSize: reader.number('encoder_hidden_size', keyValueFeatures(model), isCount),
    startsAtZero: reader.choice('init_weights', 'normal', ['normal', 'zero']) === 'zero',
  };
}

export function writePrefixConfig(config: PrefixConfig, model: DecoderConfig): JsonObject {
  return {
    encoder_hidden_size: config.hiddenSize,
    init_weights: config.startsAtZero ? 'zero' : null,
    modules_to_save: null,
    num_attention_heads: model.kvHeads,
    num_layers: model.layers,
    num_transformer_submodules: 1,
    num_virtual_tokens: config.virtualTokens,
    peft_type: 'PREFIX_TUNING',
    prefix_projection: config.hasProjection,
    token_dim: keyValueFeatures(model),
  };
}
