/** Writes the weights of a model folder: one safetensors file, or several with an index where one would be too large. */

import { join } from 'node:path';
import { writeFileAtomically } from '../atomic-file.ts';
import {
  type TensorToWrite,
  type WriteOptions,
  writeSafetensors,
  writtenBytes,
} from './safetensors-writer.ts';

export interface ShardOptions extends WriteOptions {
  /** 5 GB (10^9) unless given. A tensor that is larger gets a file of its own. */
  readonly maxShardBytes?: number;
}

/**
 * Writes `model.safetensors`, or `model-0000i-of-0000N.safetensors` and, last, `model.safetensors.index.json`, into a
 * folder that exists. Tensors are dealt to the files in the order given. Returns the paths written. Throws what
 * `writeSafetensors` throws.
 */
export async function writeModelWeights(
  folder: string,
  tensors: Iterable<TensorToWrite>,
  options: ShardOptions,
): Promise<readonly string[]> {
  const shards = deal(tensors, options.maxShardBytes ?? 5e9);
  const [first] = shards;
  if (shards.length <= 1) {
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, first ?? [], options);
    return [path];
  }
  const names = shards.map((_, i) => `model-${digits(i + 1)}-of-${digits(shards.length)}.safetensors`);
  for (const [i, shard] of shards.entries()) {
    await writeSafetensors(join(folder, names[i] ?? ''), shard, options);
  }
  const index = join(folder, 'model.safetensors.index.json');
  await writeFileAtomically(index, (sink) => sink.write(encodeIndex(shards, names)));
  return [...names.map((name) => join(folder, name)), index];
}

function digits(number: number): string {
  return String(number).padStart(5, '0');
}

function deal(
  tensors: Iterable<TensorToWrite>,
  maxShardBytes: number,
): readonly (readonly TensorToWrite[])[] {
  const shards: TensorToWrite[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    const bytes = writtenBytes(tensor);
    if (shards.length === 0 || bytes > room) {
      shards.push([]);
      room = maxShardBytes;
    }
    shards.at(-1)?.push(tensor);
    room -= bytes;
  }
  return shards;
}

function encodeIndex(shards: readonly (readonly TensorToWrite[])[], names: readonly string[]): Buffer {
  const shardOf = shards.flatMap((shard, i) => shard.map((tensor) => [tensor.name, names[i]] as const));
  shardOf.sort(([a], [b]) => (a < b ? -1 : 1));
  const totalBytes = shards.flat().reduce((sum, tensor) => sum + writtenBytes(tensor), 0);
  const index = { metadata: { total_size: totalBytes }, weight_map: Object.fromEntries(shardOf) };
  return Buffer.from(`${JSON.stringify(index, null, 2)}\n`);
}
