/**
 * Where things lie in the cache:
 *
 *     models/<key>/model.json   what it is; a folder here is complete, since it comes by one rename
 *     models/<key>/files/       the model's files, nothing else
 *     downloads/<key>/          unfinished work on it
 *     locks/<key>.lock          who works on it
 *     names/<short name>.json   which full name a short name was bound to
 *     revisions/<key>.json      which commit a branch or tag of a hub repository stood for
 *     digests/<path hash>.json  sha256 of files anywhere, by path, size and time
 */

import { join, resolve } from 'node:path';
import type { Environment } from './types.ts';

export interface CachePaths {
  readonly home: string;
  readonly models: string;
  readonly downloads: string;
  readonly locks: string;
  readonly names: string;
  readonly revisions: string;
  readonly digests: string;
}

export function cachePaths(home: string): CachePaths {
  return {
    home,
    models: join(home, 'models'),
    downloads: join(home, 'downloads'),
    locks: join(home, 'locks'),
    names: join(home, 'names'),
    revisions: join(home, 'revisions'),
    digests: join(home, 'digests'),
  };
}

export interface HomeOptions {
  readonly environment: Environment;
  /** The user's home, as `os.homedir()` tells it. */
  readonly homeDirectory: string;
  readonly workingDirectory: string;
}

/** The cache folder: `WEFT_HOME`, or `.cache/weft` in the user's home. */
export function weftHome(options: HomeOptions): string {
  const named = options.environment['WEFT_HOME'];
  if (named !== undefined && named !== '') return resolve(options.workingDirectory, named);
  return join(options.homeDirectory, '.cache', 'weft');
}
