/** Checkpoints cut into several safetensors files, tied together by `model.safetensors.index.json`. */

import { join } from 'node:path';
import { malformed, shorten } from '../file-errors.ts';
import { type JsonObject, readJsonObject } from '../json-file.ts';
import type { TensorEntry } from '../tensor-entry.ts';
import { readSafetensorsHeader } from './safetensors-header.ts';

export interface ShardedTensors {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** The shards, sorted by name. */
  readonly files: readonly string[];
}

const code = 'SAFETENSORS_INDEX_MALFORMED';
const maxShards = 10_000;

/**
 * Reads an index and the header of every shard. Shards lie beside the index: a name with a path in it is refused.
 * Throws `SAFETENSORS_INDEX_MALFORMED` or what reading a shard throws.
 */
export async function readSafetensorsIndex(path: string, signal: AbortSignal): Promise<ShardedTensors> {
  const shardOf = parseWeightMap(await readJsonObject(path, signal), path);
  const names = [...new Set(shardOf.values())].sort();
  if (names.length > maxShards)
    throw malformed(code, `${path} names more than ${maxShards} files`, { field: path });
  const shards = new Map<string, ReadonlyMap<string, TensorEntry>>();
  for (const name of names) {
    const header = await readSafetensorsHeader(join(path, '..', name), signal);
    shards.set(name, header.tensors);
  }
  const tensors = new Map<string, TensorEntry>();
  for (const [tensor, shard] of shardOf) {
    const entry = shards.get(shard)?.get(tensor);
    if (entry === undefined) {
      throw malformed(code, `${path}: ${shard} does not hold the tensor ${shorten(tensor)}`, {
        field: tensor,
        value: shard,
      });
    }
    tensors.set(tensor, entry);
  }
  return { tensors, files: names.map((name) => join(path, '..', name)) };
}

function parseWeightMap(index: JsonObject, path: string): ReadonlyMap<string, string> {
  const map = index['weight_map'];
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw malformed(code, `${path} has no weight_map`, { field: 'weight_map' });
  }
  const shardOf = new Map<string, string>();
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== 'string' || !/^[\w][\w.+-]*\.safetensors$/.test(shard)) {
      throw malformed(code, `${path}: weight_map names a file that is not one of its folder`, {
        field: tensor,
        value: typeof shard === 'string' ? shard : null,
      });
    }
    shardOf.set(tensor, shard);
  }
  if (shardOf.size === 0) throw malformed(code, `${path}: weight_map is empty`, { field: 'weight_map' });
  return shardOf;
}
