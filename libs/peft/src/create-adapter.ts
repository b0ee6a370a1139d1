/** Makes an adapter for a base model from a user's options. */
import { WeftError } from '@weft/errors';
import type { Architecture, BaseModel } from '@weft/models';
import type { Adapter } from './adapter.ts';
import type { AdapterOptions } from './adapter-options.ts';
import { checkAdapterOptions } from './check-options.ts';
import { createFull } from './full/full.ts';
import { createIa3 } from './ia3/ia3.ts';
import { feedforwardAmong, ia3Targets } from './ia3/ia3-config.ts';
import { createLora } from './lora/lora.ts';
import { type BaseLayout, describeBase } from './module-sites.ts';
import { createPrefix } from './prefix/prefix.ts';
import { keyValueFeatures } from './prefix/prefix-config.ts';
import { type ModuleNames, offered, unknownNames } from './targets.ts';

export interface CreateAdapterContext {
  readonly model: BaseModel;
  /** Fixes every first value. */
  readonly seed: number;
}

const llamaAttention = ['q_proj', 'k_proj', 'v_proj', 'o_proj'];

/** LoRA's targets where none are named: the attention's own projections. */
const attention: Readonly<Record<Architecture, readonly string[]>> = {
  llama: llamaAttention,
  mistral: llamaAttention,
  qwen2: llamaAttention,
  qwen3: llamaAttention,
  gpt2: ['c_attn', 'attn.c_proj'],
};

/**
 * @throws WeftError (kind `invalid`, `field` an option's name) where an option is out of range, names no module of the model
 * or does not go with the others.
 */
export function createAdapter(options: AdapterOptions, context: CreateAdapterContext): Adapter {
  checkAdapterOptions(options);
  const { model, seed } = context;
  const layout = describeBase(model);
  switch (options.method) {
    case 'lora': {
      const targetModules = targetsOf(options, layout, attention[model.config.architecture]);
      const rest = { targetModules, excludeModules: null, layersPattern: null };
      return createLora({ ...options, ...rest }, { layout, seed });
    }
    case 'ia3': {
      const { architecture } = model.config;
      const targetModules = targetsOf(options, layout, ia3Targets[architecture]);
      const feedforwardModules = feedforwardAmong(targetModules, architecture);
      const { modulesToSave } = options;
      const rest = { excludeModules: null, modulesToSave, startsAtOne: true };
      return createIa3({ targetModules, feedforwardModules, ...rest }, { layout, seed });
    }
    case 'prefix': {
      const { virtualTokens, prefixProjection: hasProjection } = options;
      const hiddenSize = keyValueFeatures(model.config);
      const config = { virtualTokens, hasProjection, hiddenSize, startsAtZero: false };
      return createPrefix(config, { model: model.config, seed, trainsProjection: true });
    }
    case 'full':
      return createFull(layout);
  }
}

function targetsOf(options: AdapterOptions, { sites }: BaseLayout, usual: readonly string[]): ModuleNames {
  const names = options.targetModules ?? usual;
  const [unknown] = unknownNames(sites, names);
  if (unknown === undefined) return names;
  throw new WeftError({
    code: 'PEFT_NO_TARGETS',
    kind: 'invalid',
    message: `the model has no module '${unknown}'`,
    field: 'targetModules',
    value: unknown,
    remedy: `choose among ${offered(sites)}, embed_tokens or all-linear`,
  });
}
