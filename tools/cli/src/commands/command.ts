/** What every command is: a function of its options and its surroundings. */
import type { CommandContext } from '../context.ts';

export interface GivenOptions {
  /** Parsed values by key. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
  readonly configPath: string | undefined;
}

export type CommandFunction = (given: GivenOptions, context: CommandContext) => Promise<void>;
