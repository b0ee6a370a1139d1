/** One table drives the flags of the command line, the keys of configuration files and the help. */
import type { OptionType } from './option-types.ts';

export interface OptionDefinition<Value> {
  readonly type: OptionType<Value>;
  readonly description: string;
  /** Shown in the help; the command applies it. */
  readonly standard?: string;
  /** Further texts of it are appended: `--stop A --stop B`. */
  readonly isRepeatable?: boolean;
}

/** By key in camel case. */
export type OptionTable = Readonly<Record<string, OptionDefinition<unknown>>>;

/** The values that were given. */
export type OptionValues<Table> = {
  readonly [Key in keyof Table]?: Table[Key] extends OptionDefinition<infer Value> ? Value : never;
};

export function define<Value>(
  type: OptionType<Value>,
  description: string,
  more: { readonly standard?: string; readonly isRepeatable?: boolean } = {},
): OptionDefinition<Value> {
  return { type, description, ...more };
}

/** `learningRate` is `--learning-rate`. */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
