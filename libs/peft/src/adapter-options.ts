/** What a user may choose about a method, under the names of the command line. */
import type { MethodName } from './adapter.ts';
import type { LoraInitialization } from './lora/lora-config.ts';
import type { ModuleNames } from './targets.ts';
import type { BiasMode } from './trained-base-tensors.ts';

export interface AdapterOptions {
  readonly method: MethodName;
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  /** Names or suffixes; or one string: `all-linear`, or a regular expression for whole names. Null: the method's own choice. */
  readonly targetModules: ModuleNames | null;
  readonly useRslora: boolean;
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
  /** Only these layers; null for all. */
  readonly layers: readonly number[] | null;
  readonly loraBias: boolean;
  readonly bias: BiasMode;
  readonly modulesToSave: readonly string[];
  readonly initialization: Exclude<LoraInitialization, 'random' | 'eva'>;
  readonly virtualTokens: number;
  readonly prefixProjection: boolean;
}

export const defaultAdapterOptions: AdapterOptions = {
  method: 'lora',
  rank: 8,
  alpha: 32,
  dropout: 0.1,
  targetModules: null,
  useRslora: false,
  rankPattern: {},
  alphaPattern: {},
  layers: null,
  loraBias: false,
  bias: 'none',
  modulesToSave: [],
  initialization: 'default',
  virtualTokens: 20,
  prefixProjection: false,
};

/** Which options each method takes; the others do nothing there. A dropout of 0 is accepted by all. */
export const optionsOfMethod: Readonly<Record<MethodName, ReadonlySet<keyof AdapterOptions>>> = {
  lora: new Set<keyof AdapterOptions>([
    'rank',
    'alpha',
    'dropout',
    'targetModules',
    'useRslora',
    'rankPattern',
    'alphaPattern',
    'layers',
    'loraBias',
    'bias',
    'modulesToSave',
    'initialization',
  ]),
  ia3: new Set<keyof AdapterOptions>(['targetModules', 'modulesToSave']),
  prefix: new Set<keyof AdapterOptions>(['virtualTokens', 'prefixProjection']),
  full: new Set<keyof AdapterOptions>(),
};
