/** What a command gets from its surroundings. */
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { weftHome } from '@weft/models';
import type { Output } from './output/output.ts';

export interface CommandContext {
  readonly output: Output;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
}

export function homeOf({ environment, workingDirectory }: CommandContext): string {
  return weftHome({ environment, homeDirectory: homedir(), workingDirectory });
}

/** A path as the user means it. */
export function pathOf({ workingDirectory }: CommandContext, path: string): string {
  return resolve(workingDirectory, path);
}
