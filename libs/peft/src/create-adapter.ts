/** Makes an adapter for a base model from a user's options. */
import { WeftError } from '@weft/errors';
import type { Architecture, BaseModel } from '@weft/models';
import type { Adapter } from './adapter.ts';
import type { AdapterOptions } from './adapter-options.ts';
import { createLora } from './lora/lora.ts';
import { describeBase } from './module-sites.ts';
import { type ModuleNames, offered, unknownNames } from './targets.ts';

export interface CreateAdapterContext {
  readonly model: BaseModel;
  /** Fixes every first value. */
  readonly seed: number;
}

const attention: Readonly<Record<Architecture, readonly string[]>> = {
  llama: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  mistral: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  qwen2: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  qwen3: ['q_proj', 'k_proj', 'v_proj', 'o_proj'],
  gpt2: ['c_attn', 'attn.c_proj'],
};

/**
 * @throws WeftError (kind `invalid`, `field` an option's name) where an option is out of range, names no module of the model
 * or does not go with the others.
 */
export function createAdapter(options: AdapterOptions, { model, seed }: CreateAdapterContext): Adapter {
  const layout = describeBase(model);
  const { architecture } = model.config;
  const targetModules = options.targetModules ?? attention[architecture];
  requireKnownNames(targetModules, unknownNames(layout.sites, targetModules), offered(layout.sites));
  return createLora(
    { ...options, targetModules, excludeModules: null, layersPattern: null },
    { layout, seed },
  );
}

function requireKnownNames(names: ModuleNames, unknown: readonly string[], choices: string): void {
  const [name] = unknown;
  if (name === undefined) return;
  throw new WeftError({
    code: 'PEFT_NO_TARGETS',
    kind: 'invalid',
    message: `the model has no module '${name}' (target modules ${JSON.stringify(names)})`,
    field: 'targetModules',
    value: name,
    remedy: `choose among ${choices}`,
  });
}
