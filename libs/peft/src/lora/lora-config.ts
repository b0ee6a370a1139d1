/** LoRA's options under our names; `lora-peft-config.ts` maps them to PEFT's file and back. */
import { wholeName } from '../python-pattern.ts';
import type { ModuleNames } from '../targets.ts';
import type { BiasMode } from '../trained-base-tensors.ts';

/** `random` gives both factors random values, so that nothing is zero: for tests, PEFT's `false`. */
export type LoraInitialization = 'default' | 'gaussian' | 'orthogonal' | 'pissa' | 'olora' | 'random' | 'eva';

export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  /** Names or suffixes, or one string: a regular expression for whole names, or `all-linear`. */
  readonly targetModules: ModuleNames;
  readonly excludeModules: ModuleNames | null;
  readonly layers: readonly number[] | null;
  readonly layersPattern: ModuleNames | null;
  readonly useRslora: boolean;
  /** First pattern that matches a module's name wins; keys are regular expressions for the end of a name. */
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
  readonly loraBias: boolean;
  readonly bias: BiasMode;
  readonly modulesToSave: readonly string[];
  readonly initialization: LoraInitialization;
}

export interface Scaling {
  readonly rank: number;
  readonly alpha: number;
  /** alpha / r, with rsLoRA alpha / sqrt(r) (Kalajdzievski 2023, equation 5). */
  readonly scaling: number;
}

export function scalingOf(config: LoraConfig, module: string): Scaling {
  const rank = fromPattern(config.rankPattern, module, 'rankPattern') ?? config.rank;
  const alpha = fromPattern(config.alphaPattern, module, 'alphaPattern') ?? config.alpha;
  return { rank, alpha, scaling: config.useRslora ? alpha / Math.sqrt(rank) : alpha / rank };
}

function fromPattern(
  pattern: Readonly<Record<string, number>>,
  module: string,
  field: string,
): number | null {
  for (const [key, value] of Object.entries(pattern)) {
    if (wholeName(key, field, '(?:.*\\.)?').test(module)) return value;
  }
  return null;
}
