/** What a fine-tuning method is to the rest of Weft: trainable parameters, and hooks into the model's construction. */
import type { ModelHooks } from '@weft/models';
import type { BaseTensors } from './base-tensors.ts';
import type { FileTensor, ParameterFile, SavedAdapter, SaveSource } from './files/saved-adapter.ts';
import type { MergeRules } from './merge/merge-rule.ts';

export type MethodName = 'lora' | 'ia3' | 'prefix' | 'full';

/** The values of trainable parameters by name; throws RangeError for a name that is none. */
export type ParameterValues = (name: string) => Float32Array;

/** A trainable tensor as the engine holds it, and where it lies in the adapter's file. */
export interface AdapterParameter {
  /** Name of the Program's parameter; unique. */
  readonly name: string;
  /** The engine's shape: one or two known sizes. */
  readonly shape: readonly number[];
  /** Whether weight decay applies: to matrices and factors, not to biases and norms. */
  readonly isDecayed: boolean;
  /** First value. Deterministic in the seed it was planned with. */
  initialise(base: BaseTensors): Float32Array;
  /** Null where the adapter's file does not hold it as it is. */
  readonly file: ParameterFile | null;
}

/** A method applied to one base model. */
export interface Adapter {
  readonly method: MethodName;
  /** Full names of the modules it touches. */
  readonly targetModules: readonly string[];
  readonly parameters: readonly AdapterParameter[];
  /** Positions taken by virtual tokens in front of every sequence: real tokens start at this one. */
  readonly virtualTokens: number;
  /** Frozen matrices that the hooks declare as weights and no checkpoint holds, by name. */
  frozenWeights(base: BaseTensors): ReadonlyMap<string, FrozenMatrix>;
  /** Hooks for a Program; with `training`, dropout is part of it (input `dropoutSeed` i32[2]). */
  hooks(options: { readonly training: boolean }): ModelHooks;
  /** The same adapter with another dropout. @throws WeftError `PEFT_NO_DROPOUT` where the method has none. */
  withDropout(dropout: number): Adapter;
  /** Keys and values of virtual tokens, or null for methods without. */
  prefixValues(parameter: ParameterValues): PrefixValues | null;
  /** What the adapter's folder holds, or null for a method whose file is a whole model. */
  readonly save: ((source: SaveSource) => SavedAdapter) | null;
  /** How base tensors change when the adapter is merged, or why it cannot be. */
  readonly merging: MergeRules | { readonly unmergeable: string };
}

export interface FrozenMatrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Per layer [tokens, kvHeads * headDim], as they stand in a cache. */
export interface PrefixValues {
  readonly tokens: number;
  readonly layers: readonly { readonly keys: Float32Array; readonly values: Float32Array }[];
}

export type { FileTensor, ParameterFile, SavedAdapter, SaveSource };
