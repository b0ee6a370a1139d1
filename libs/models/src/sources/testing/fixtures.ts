/** Small stand-ins for models, and a cache in a folder of its own. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResolveOptions, SourceProgress } from '../types.ts';
import type { HubRepository } from './hub-server.ts';

export const repository = 'someone/tiny-model';
export const commit = '0123456789abcdef0123456789abcdef01234567';

export function tinyRepository(weightBytes = 20_000): HubRepository {
  const files = new Map([
    ['config.json', Buffer.from('{"model_type": "llama"}')],
    ['generation_config.json', Buffer.from('{}')],
    ['tokenizer.json', Buffer.from(JSON.stringify({ padding: 'x'.repeat(1500) }))],
    ['tokenizer_config.json', Buffer.from('{"eos_token": "</s>"}')],
    ['vocab.json', Buffer.from('{"a": 0}')],
    ['README.md', Buffer.from('# tiny')],
    ['pytorch_model.bin', Buffer.from('a pickle')],
    ['onnx/model.onnx', Buffer.from('other')],
    ['model.safetensors', randomBytes(weightBytes)],
  ]);
  return { repository, commit, files };
}

export const quick = {
  connectMs: 20_000,
  answerMs: 20_000,
  idleMs: 20_000,
  retryDelaysMs: [1, 1],
  lockPollMs: 5,
};

export interface Cache extends AsyncDisposable {
  readonly home: string;
  readonly progress: readonly SourceProgress[];
  /** Options for `resolveModel` with this cache. */
  options(environment: Record<string, string>, more?: Partial<ResolveOptions>): ResolveOptions;
  /** Every file below a folder of the cache, sorted. */
  files(folder?: string): Promise<readonly string[]>;
}

export async function temporaryCache(): Promise<Cache> {
  const home = await mkdtemp(join(tmpdir(), 'weft-sources-'));
  const progress: SourceProgress[] = [];
  return {
    home,
    progress,
    options: (environment, more = {}) => ({
      home,
      environment,
      workingDirectory: home,
      signal: new AbortController().signal,
      onProgress: (event) => progress.push(event),
      timing: quick,
      ...more,
    }),
    files: (folder = '.') => filesBelow(join(home, folder)),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory());
    return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
  } catch {
    return [];
  }
}
