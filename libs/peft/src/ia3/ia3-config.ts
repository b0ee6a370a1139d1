/** (IA)³'s options, PEFT's choice of targets, and `adapter_config.json`. */
import type { Architecture, JsonObject } from '@weft/models';
import type { ConfigReader } from '../files/config-reader.ts';
import { wholeName } from '../python-pattern.ts';
import { isAllLinear, type ModuleNames } from '../targets.ts';

export interface Ia3Config {
  readonly targetModules: ModuleNames;
  readonly excludeModules: ModuleNames | null;
  /** Those whose input is scaled: ends of names, or a regular expression for whole ones. */
  readonly feedforwardModules: ModuleNames;
  readonly modulesToSave: readonly string[];
  /** Else random vectors: for tests. */
  readonly startsAtOne: boolean;
}

export const ia3Targets: Readonly<Record<Architecture, readonly string[]>> = {
  llama: ['k_proj', 'v_proj', 'down_proj'],
  mistral: ['k_proj', 'v_proj', 'down_proj'],
  qwen2: ['q_proj', 'v_proj', 'down_proj'],
  qwen3: ['q_proj', 'v_proj', 'down_proj'],
  gpt2: ['c_attn', 'mlp.c_proj'],
};

const feedforward: Readonly<Record<Architecture, readonly string[]>> = {
  llama: ['down_proj'],
  mistral: ['down_proj'],
  qwen2: ['down_proj'],
  qwen3: ['down_proj'],
  gpt2: ['mlp.c_proj'],
};

/** PEFT's own feed-forward modules among the targets; it wants them to be some of the targets' very names. */
export function feedforwardAmong(targets: ModuleNames, architecture: Architecture): readonly string[] {
  const known = feedforward[architecture];
  return typeof targets === 'string'
    ? known
    : targets.filter((name) => known.some((end) => name.endsWith(end)));
}

export function isFeedforward({ feedforwardModules }: Ia3Config, module: string): boolean {
  return typeof feedforwardModules === 'string'
    ? wholeName(feedforwardModules, 'feedforwardModules').test(module)
    : feedforwardModules.some((end) => module.endsWith(end));
}

/** With `all-linear` spelt out, as PEFT does. */
export function explicitTargets(config: Ia3Config, names: readonly string[]): Ia3Config {
  if (!isAllLinear(config.targetModules)) return config;
  const feedforwardModules = names.filter((name) => isFeedforward(config, name));
  return { ...config, targetModules: names, feedforwardModules };
}

/** @throws WeftError `ADAPTER_CONFIG_INVALID`, naming the key. */
export function readIa3Config(reader: ConfigReader, architecture: Architecture): Ia3Config {
  reader.ignore(['fan_in_fan_out']);
  const targetModules = reader.names('target_modules');
  const given = reader.names('feedforward_modules');
  return {
    targetModules: targetModules ?? ia3Targets[architecture],
    excludeModules: reader.names('exclude_modules'),
    feedforwardModules: given ?? (targetModules === null ? feedforward[architecture] : []),
    modulesToSave: reader.list('modules_to_save') ?? [],
    startsAtOne: reader.flag('init_ia3_weights', true),
  };
}

export function writeIa3Config(config: Ia3Config, isStoredTransposed: boolean): JsonObject {
  return {
    exclude_modules: config.excludeModules,
    fan_in_fan_out: isStoredTransposed,
    feedforward_modules: config.feedforwardModules,
    init_ia3_weights: config.startsAtOne,
    modules_to_save: config.modulesToSave.length === 0 ? null : config.modulesToSave,
    peft_type: 'IA3',
    target_modules: config.targetModules,
  };
}
