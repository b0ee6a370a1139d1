/** What every source needs, with its defaults filled in. */

import { join } from 'node:path';
import { cachePaths } from './cache-paths.ts';
import { builtInCatalogue, type Catalogue } from './catalogue.ts';
import { FileLock } from './file-lock.ts';
import type { Environment, ResolveOptions, SourceProgress, SourceTiming } from './types.ts';

export interface SourceContext {
  readonly home: string;
  readonly environment: Environment;
  readonly workingDirectory: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onProgress: (progress: SourceProgress) => void;
  readonly isRefresh: boolean;
  readonly timing: SourceTiming;
  readonly catalogue: Catalogue;
}

const usualTiming: SourceTiming = {
  connectMs: 5000,
  answerMs: 15_000,
  idleMs: 30_000,
  retryDelaysMs: [1000, 2000, 4000, 8000],
  lockPollMs: 200,
};

export function sourceContext(options: ResolveOptions): SourceContext {
  return {
    home: options.home,
    environment: options.environment,
    workingDirectory: options.workingDirectory,
    signal: options.signal,
    now: options.now ?? Date.now,
    onProgress: options.onProgress ?? (() => undefined),
    isRefresh: options.refresh ?? false,
    timing: { ...usualTiming, ...options.timing },
    catalogue: options.catalogue ?? builtInCatalogue,
  };
}

/** Holds the lock `name` of the cache while `work` runs. */
export async function withLock<Result>(
  context: SourceContext,
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const path = join(cachePaths(context.home).locks, `${name}.lock`);
  await using _lock = await FileLock.acquire(path, {
    signal: context.signal,
    pollMs: context.timing.lockPollMs,
    now: context.now,
    onWait: (pid) => context.onProgress({ event: 'waiting', pid }),
  });
  return await work();
}
