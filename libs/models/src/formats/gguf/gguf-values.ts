/** The typed values of GGUF metadata. */

import { malformed } from '../file-errors.ts';
import { type GgufCursor, ggufMalformed } from './gguf-cursor.ts';

export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/** 64-bit integers are numbers where these hold them exactly. An array of booleans is a Uint8Array of 0 and 1. */
export type GgufValue = number | bigint | boolean | string | readonly string[] | GgufNumbers;

interface Scalar {
  readonly bytes: number;
  readonly read: (view: DataView) => number | bigint | boolean | null;
  readonly array: (buffer: ArrayBuffer) => GgufNumbers;
}

/** By GGUF's number of the type. Null from `read` is no value of the type. */
const scalars: ReadonlyMap<number, Scalar> = new Map<number, Scalar>([
  [0, { bytes: 1, read: (v) => v.getUint8(0), array: (b) => new Uint8Array(b) }],
  [1, { bytes: 1, read: (v) => v.getInt8(0), array: (b) => new Int8Array(b) }],
  [2, { bytes: 2, read: (v) => v.getUint16(0, true), array: (b) => new Uint16Array(b) }],
  [3, { bytes: 2, read: (v) => v.getInt16(0, true), array: (b) => new Int16Array(b) }],
  [4, { bytes: 4, read: (v) => v.getUint32(0, true), array: (b) => new Uint32Array(b) }],
  [5, { bytes: 4, read: (v) => v.getInt32(0, true), array: (b) => new Int32Array(b) }],
  [6, { bytes: 4, read: (v) => v.getFloat32(0, true), array: (b) => new Float32Array(b) }],
  [7, { bytes: 1, read: (v) => [false, true][v.getUint8(0)] ?? null, array: (b) => new Uint8Array(b) }],
  [10, { bytes: 8, read: (v) => exact(v.getBigUint64(0, true)), array: (b) => new BigUint64Array(b) }],
  [11, { bytes: 8, read: (v) => exact(v.getBigInt64(0, true)), array: (b) => new BigInt64Array(b) }],
  [12, { bytes: 8, read: (v) => v.getFloat64(0, true), array: (b) => new Float64Array(b) }],
]);

const stringType = 8;
const arrayType = 9;
const lengthBytes = 8;

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Reads the value of `key`, its type included. Throws `GGUF_MALFORMED`. */
export async function readGgufValue(cursor: GgufCursor, key: string): Promise<GgufValue> {
  await cursor.need(4, key);
  const type = cursor.takeU32();
  if (type === stringType) return readGgufString(cursor, key);
  if (type === arrayType) return readArray(cursor, key);
  const scalar = scalarOf(cursor, key, type);
  await cursor.need(scalar.bytes, key);
  const value = scalar.read(new DataView(cursor.takeBytes(scalar.bytes).buffer));
  if (value === null)
    throw malformed(ggufMalformed, `${cursor.path}: ${key} is neither true nor false`, { field: key });
  return value;
}

export async function readGgufString(cursor: GgufCursor, what: string): Promise<string> {
  await cursor.need(lengthBytes, what);
  const length = cursor.takeU64();
  await cursor.need(length, what);
  return cursor.takeText(length);
}

function scalarOf(cursor: GgufCursor, key: string, type: number): Scalar {
  const scalar = scalars.get(type);
  if (scalar !== undefined) return scalar;
  const fault = type === arrayType ? 'is an array of arrays' : `has the unknown type ${type}`;
  throw malformed(ggufMalformed, `${cursor.path}: ${key} ${fault}`, { field: key, value: type });
}

async function readArray(cursor: GgufCursor, key: string): Promise<GgufValue> {
  await cursor.need(4 + lengthBytes, key);
  const type = cursor.takeU32();
  const count = cursor.takeU64();
  if (type === stringType) return readStrings(cursor, key, count);
  const scalar = scalarOf(cursor, key, type);
  await cursor.need(count * scalar.bytes, key);
  return scalar.array(cursor.takeBytes(count * scalar.bytes).buffer);
}

async function readStrings(cursor: GgufCursor, key: string, count: number): Promise<readonly string[]> {
  // Each takes at least its length, so that a count the file cannot hold is refused before anything is kept.
  if (count * lengthBytes > cursor.remaining) await cursor.need(count * lengthBytes, key);
  const strings: string[] = [];
  while (strings.length < count) {
    if (cursor.available < lengthBytes) await cursor.need(lengthBytes, key);
    const length = cursor.peekU64();
    if (cursor.available < lengthBytes + length) await cursor.need(lengthBytes + length, key);
    cursor.takeU64();
    strings.push(cursor.takeText(length));
  }
  return strings;
}
