/**
 * Reads what stands before the values of a GGUF file (versions 2 and 3, little-endian): metadata and the list of
 * tensors. No count, length or offset is trusted, and no more of the file is read than the header takes.
 */

import { WeftError } from '@weft/errors';
import { malformed, shorten } from '../file-errors.ts';
import { RandomAccessFile } from '../random-access-file.ts';
import { sizeBytesOf, type TensorEntry } from '../tensor-entry.ts';
import { describeGgmlType, ggmlDType } from './ggml-types.ts';
import { GgufCursor, ggufMalformed } from './gguf-cursor.ts';
import { type GgufValue, readGgufString, readGgufValue } from './gguf-values.ts';

export interface GgufHeader {
  readonly path: string;
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** By GGUF name, in the order of the file. Shapes are row-major: a matrix is [rows, columns]. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

const magic = 0x46554747;
const maxKeys = 65_536;
const maxTensors = 250_000;
const maxDimensions = 4;
const maxNameLength = 1024;
const defaultAlignment = 32;

/**
 * Throws `GGUF_MALFORMED`, `GGUF_VERSION_UNKNOWN`, `GGUF_TYPE_UNKNOWN` (a tensor type that is not read, by name),
 * `GGUF_SPLIT` (one of several files), or an error of the file.
 */
export async function readGgufHeader(path: string, signal: AbortSignal): Promise<GgufHeader> {
  await using file = await RandomAccessFile.open(path);
  const cursor = new GgufCursor(file, signal);
  await cursor.need(24, 'the start');
  if (cursor.takeU32() !== magic)
    throw malformed(ggufMalformed, `${path} does not start as a GGUF file does`);
  const version = cursor.takeU32();
  requireVersion(path, version);
  const tensorCount = cursor.takeU64();
  const keyCount = cursor.takeU64();
  requireCount(path, 'tensors', tensorCount, maxTensors);
  requireCount(path, 'keys', keyCount, maxKeys);
  const metadata = await readMetadata(cursor, keyCount);
  requireWhole(path, metadata);
  const infos: TensorInfo[] = [];
  for (let i = 0; i < tensorCount; i++) infos.push(await readTensorInfo(cursor));
  return { path, version, metadata, tensors: placeTensors(cursor, infos, alignmentOf(path, metadata)) };
}

function requireVersion(path: string, version: number): void {
  if (version === 2 || version === 3) return;
  const isBigEndian = (version & 0xffff) === 0;
  throw new WeftError({
    code: 'GGUF_VERSION_UNKNOWN',
    kind: 'invalid',
    message: isBigEndian
      ? `${path} is a big-endian GGUF file, which is not supported`
      : `${path} is GGUF version ${version}; 2 and 3 are supported`,
    field: path,
    value: version,
    remedy: 'Convert the model again with a current converter.',
  });
}

function requireCount(path: string, what: string, count: number, most: number): void {
  if (count <= most) return;
  throw malformed(ggufMalformed, `${path} names ${count} ${what}, more than ${most}`, {
    field: what,
    value: count,
  });
}

async function readMetadata(cursor: GgufCursor, count: number): Promise<ReadonlyMap<string, GgufValue>> {
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = await readGgufString(cursor, `key ${i}`);
    requireName(cursor, key);
    if (metadata.has(key))
      throw malformed(ggufMalformed, `${cursor.path}: the key ${key} appears twice`, { field: key });
    metadata.set(key, await readGgufValue(cursor, key));
  }
  return metadata;
}

function requireName(cursor: GgufCursor, name: string): void {
  if (name === '' || name.length > maxNameLength || /\p{Cc}/u.test(name)) {
    const shown = JSON.stringify(shorten(name));
    throw malformed(ggufMalformed, `${cursor.path}: ${shown} is no name`, { field: cursor.path });
  }
}

function requireWhole(path: string, metadata: ReadonlyMap<string, GgufValue>): void {
  const count = metadata.get('split.count');
  if (count === undefined || count === 0 || count === 1) return;
  throw new WeftError({
    code: 'GGUF_SPLIT',
    kind: 'invalid',
    message: `${path} is one of ${String(count)} files of a split model`,
    field: 'split.count',
    value: Number(count),
    remedy: 'Merge the files into one, for instance with llama-gguf-split --merge.',
  });
}

function alignmentOf(path: string, metadata: ReadonlyMap<string, GgufValue>): number {
  const alignment = metadata.get('general.alignment') ?? defaultAlignment;
  const isPowerOfTwo =
    typeof alignment === 'number' && alignment >= 1 && Number.isInteger(Math.log2(alignment));
  if (isPowerOfTwo && alignment <= 1 << 20) return alignment;
  throw malformed(ggufMalformed, `${path}: general.alignment is no power of two`, {
    field: 'general.alignment',
    value: shorten(String(alignment)),
  });
}

interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly offset: number;
}

async function readTensorInfo(cursor: GgufCursor): Promise<TensorInfo> {
  const name = await readGgufString(cursor, 'the name of a tensor');
  requireName(cursor, name);
  await cursor.need(4, name);
  const dimensions = cursor.takeU32();
  if (dimensions < 1 || dimensions > maxDimensions) {
    throw malformed(ggufMalformed, `${cursor.path}: ${name} has ${dimensions} dimensions`, {
      field: name,
      value: dimensions,
    });
  }
  await cursor.need(8 * dimensions + 12, name);
  // The file names the contiguous dimension first.
  const shape = Array.from({ length: dimensions }, () => cursor.takeU64()).reverse();
  return { name, shape, type: cursor.takeU32(), offset: cursor.takeU64() };
}

function placeTensors(
  cursor: GgufCursor,
  infos: readonly TensorInfo[],
  alignment: number,
): ReadonlyMap<string, TensorEntry> {
  const { path } = cursor;
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = new Map<string, TensorEntry>();
  for (const info of infos) {
    if (tensors.has(info.name)) {
      throw malformed(ggufMalformed, `${path}: the tensor ${info.name} appears twice`, { field: info.name });
    }
    tensors.set(info.name, placeTensor(cursor, info, { dataStart, alignment }));
  }
  requireDisjoint(path, tensors);
  return tensors;
}

interface Placement {
  readonly dataStart: number;
  readonly alignment: number;
}

function placeTensor(cursor: GgufCursor, info: TensorInfo, { dataStart, alignment }: Placement): TensorEntry {
  const { name, shape, type, offset } = info;
  const { path, fileBytes } = cursor;
  const dtype = ggmlDType(type);
  if (dtype === null) {
    throw new WeftError({
      code: 'GGUF_TYPE_UNKNOWN',
      kind: 'invalid',
      message: `${path}: tensor ${name} has the type ${describeGgmlType(type)}, which is not supported`,
      field: name,
      value: describeGgmlType(type),
      remedy: 'Use a file with F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K or Q6_K tensors.',
    });
  }
  const sizeBytes = sizeBytesOf(dtype, shape);
  if (sizeBytes === null || sizeBytes === 0) {
    throw malformed(ggufMalformed, `${path}: ${name} cannot be ${dtype} [${shape.join(', ')}]`, {
      field: name,
    });
  }
  if (offset % alignment !== 0 || offset > fileBytes - dataStart - sizeBytes) {
    throw malformed(
      ggufMalformed,
      `${path}: ${name} should take ${sizeBytes} bytes at ${dataStart + offset}; the file has ${fileBytes}`,
      { field: name, value: offset },
    );
  }
  return { name, path, dtype, shape, offsetBytes: dataStart + offset, sizeBytes };
}

function requireDisjoint(path: string, tensors: ReadonlyMap<string, TensorEntry>): void {
  let end = 0;
  for (const tensor of [...tensors.values()].sort((a, b) => a.offsetBytes - b.offsetBytes)) {
    if (tensor.offsetBytes < end) {
      throw malformed(ggufMalformed, `${path}: ${tensor.name} shares bytes with another tensor`, {
        field: tensor.name,
      });
    }
    end = tensor.offsetBytes + tensor.sizeBytes;
  }
}
