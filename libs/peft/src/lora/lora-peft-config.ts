/** LoRA's `adapter_config.json`, every key that PEFT 0.21 writes, and back. */
import type { Architecture, JsonObject } from '@weft/models';
import type { ConfigReader } from '../files/config-reader.ts';
import type { LoraConfig, LoraInitialization } from './lora-config.ts';

/** PEFT's own choice where a config names no targets. */
export const peftDefaultTargets: Readonly<Record<Architecture, readonly string[]>> = {
  llama: ['q_proj', 'v_proj'],
  mistral: ['q_proj', 'v_proj'],
  qwen2: ['q_proj', 'v_proj'],
  qwen3: ['q_proj', 'v_proj'],
  gpt2: ['c_attn'],
};

/** Each changes what the adapter computes. */
const unsupported = [
  'alora_invocation_tokens',
  'arrow_config',
  'corda_config',
  'ensure_weight_tying',
  'kasa_config',
  'layer_replication',
  'lora_ga_config',
  'megatron_config',
  'monteclora_config',
  'target_parameters',
  'trainable_token_indices',
  'use_bdlora',
  'use_dora',
  'use_qalora',
  'velora_config',
];

const initializations: ReadonlyMap<unknown, LoraInitialization> = new Map<unknown, LoraInitialization>([
  [true, 'default'],
  [false, 'random'],
  ['gaussian', 'gaussian'],
  ['orthogonal', 'orthogonal'],
  ['eva', 'eva'],
  ['pissa', 'pissa'],
  ['olora', 'olora'],
]);

const isCount = (value: number): boolean => value > 0 && Number.isSafeInteger(value);
const isProbability = (value: number): boolean => value >= 0 && value < 1;

/** @throws WeftError `ADAPTER_CONFIG_INVALID` or `ADAPTER_UNSUPPORTED`, naming the key. */
export function readLoraConfig(reader: ConfigReader, architecture: Architecture): LoraConfig {
  reader.refuse(unsupported);
  reader.ignore(['loftq_config', 'eva_config', 'megatron_core', 'qalora_group_size']);
  const isStoredTransposed = architecture === 'gpt2';
  if (reader.flag('fan_in_fan_out', isStoredTransposed) !== isStoredTransposed) {
    reader.warn(`${reader.path}: fan_in_fan_out does not fit ${architecture} and is ignored`);
  }
  return {
    rank: reader.number('r', 8, isCount),
    alpha: reader.number('lora_alpha', 8, Number.isFinite),
    dropout: reader.number('lora_dropout', 0, isProbability),
    targetModules: reader.names('target_modules') ?? peftDefaultTargets[architecture],
    excludeModules: reader.names('exclude_modules'),
    layers: reader.indices('layers_to_transform'),
    layersPattern: reader.names('layers_pattern'),
    useRslora: reader.flag('use_rslora'),
    rankPattern: reader.numbers('rank_pattern', isCount),
    alphaPattern: reader.numbers('alpha_pattern', Number.isFinite),
    loraBias: reader.flag('lora_bias'),
    bias: reader.choice('bias', 'none', ['none', 'all', 'lora_only']),
    modulesToSave: reader.list('modules_to_save') ?? [],
    initialization: readInitialization(reader, architecture),
  };
}

function readInitialization(reader: ConfigReader, architecture: Architecture): LoraInitialization {
  const key = 'init_lora_weights';
  const written = reader.value(key) ?? true;
  const initialization = initializations.get(typeof written === 'string' ? written.toLowerCase() : written);
  if (initialization === undefined) throw reader.unsupported(key);
  // PEFT decomposes the stored [in, out] matrix there, and the factors do not fit the layer.
  if (initialization === 'olora' && architecture === 'gpt2') throw reader.unsupported(key);
  return initialization;
}

export function writeLoraConfig(
  config: LoraConfig,
  { isStoredTransposed }: { readonly isStoredTransposed: boolean },
): JsonObject {
  const nothing = Object.fromEntries(unsupported.map((key) => [key, null]));
  const initialization = [...initializations].find(([, name]) => name === config.initialization)?.[0];
  return {
    ...nothing,
    ensure_weight_tying: false,
    use_dora: false,
    use_qalora: false,
    alpha_pattern: config.alphaPattern,
    bias: config.bias,
    eva_config: null,
    exclude_modules: config.excludeModules,
    fan_in_fan_out: isStoredTransposed,
    init_lora_weights: initialization ?? true,
    layers_pattern: config.layersPattern,
    layers_to_transform: config.layers,
    loftq_config: {},
    lora_alpha: config.alpha,
    lora_bias: config.loraBias,
    lora_dropout: config.dropout,
    megatron_core: 'megatron.core',
    modules_to_save: config.modulesToSave.length === 0 ? null : config.modulesToSave,
    peft_type: 'LORA',
    qalora_group_size: 16,
    r: config.rank,
    rank_pattern: config.rankPattern,
    target_modules: config.targetModules,
    use_rslora: config.useRslora,
  };
}
