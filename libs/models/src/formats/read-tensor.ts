/** Reads small tensors (adapters, norms, tables of factors) as fp32. Weights of a model are read by the native side. */

import { WeftError } from '@weft/errors';
import { decodeFloats } from './float-codec.ts';
import { RandomAccessFile } from './random-access-file.ts';
import type { FloatDType, TensorEntry, WeightEntry } from './tensor-entry.ts';

/** One allocation of this size is the most that is ever made; more belongs to the native readers. */
const maxBytes = 1 << 30;

/**
 * All values of an F32, F16 or BF16 tensor in the row-major order of its shape; transposition and interleaved heads of
 * a WeightEntry are undone. Throws `TENSOR_NOT_FLOAT`, `TENSOR_TOO_LARGE` or an error of the file.
 */
export async function readTensor(
  entry: TensorEntry | WeightEntry,
  signal: AbortSignal,
): Promise<Float32Array> {
  const dtype = floatDType(entry);
  return inShapeOrder(entry, decodeFloats(dtype, await readBytes(entry, signal)));
}

/** All values of an I32 tensor. Throws `TENSOR_NOT_INTEGER`, `TENSOR_TOO_LARGE` or an error of the file. */
export async function readIntegers(entry: TensorEntry, signal: AbortSignal): Promise<Int32Array> {
  if (entry.dtype !== 'I32') throw wrongType(entry, 'TENSOR_NOT_INTEGER', 'I32');
  return new Int32Array((await readBytes(entry, signal)).buffer);
}

async function readBytes(entry: TensorEntry, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  if (entry.sizeBytes > maxBytes) {
    throw new WeftError({
      code: 'TENSOR_TOO_LARGE',
      kind: 'invalid',
      message: `${entry.path}: tensor ${entry.name} has ${entry.sizeBytes} bytes, more than ${maxBytes}`,
      field: entry.name,
      value: entry.sizeBytes,
      remedy: 'Use a smaller adapter.',
    });
  }
  await using file = await RandomAccessFile.open(entry.path);
  const bytes = new Uint8Array(entry.sizeBytes);
  await file.readInto(bytes, entry.offsetBytes, signal);
  return bytes;
}

function floatDType(entry: TensorEntry): FloatDType {
  if (entry.dtype === 'F32' || entry.dtype === 'F16' || entry.dtype === 'BF16') return entry.dtype;
  throw wrongType(entry, 'TENSOR_NOT_FLOAT', 'F32, F16 or BF16');
}

function wrongType(entry: TensorEntry, code: string, needed: string): WeftError {
  return new WeftError({
    code,
    kind: 'invalid',
    message: `${entry.path}: tensor ${entry.name} is ${entry.dtype}; ${needed} is needed`,
    field: entry.name,
    value: entry.dtype,
    remedy: 'Save the tensor in that type.',
  });
}

function inShapeOrder(entry: TensorEntry | WeightEntry, stored: Float32Array): Float32Array {
  if (!('transposed' in entry)) return stored;
  const rows = entry.shape[0] ?? 1;
  const cols = rows === 0 ? 0 : stored.length / rows;
  if (!entry.transposed && entry.unpermuteHeads === 0) return stored;
  const values = new Float32Array(stored.length);
  for (let row = 0; row < rows; row++) {
    const from = storedRow(row, rows, entry.unpermuteHeads);
    for (let col = 0; col < cols; col++) {
      values[row * cols + col] = stored[entry.transposed ? col * rows + from : from * cols + col] ?? 0;
    }
  }
  return values;
}

function storedRow(row: number, rows: number, heads: number): number {
  if (heads === 0) return row;
  const width = rows / heads;
  const inHead = row % width;
  const side = inHead < width / 2 ? 0 : 1;
  return row - inHead + 2 * (inHead - (side * width) / 2) + side;
}
