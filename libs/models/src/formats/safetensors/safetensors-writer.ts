/**
 * Writes safetensors files, byte for byte as the Python library does: tensors by descending alignment of their type,
 * then by name; the header padded with spaces to a multiple of eight.
 */

import { WeftError } from '@weft/errors';
import { type FileSink, writeFileAtomically } from '../atomic-file.ts';
import { encodeFloats } from '../float-codec.ts';
import { type FloatDType, sizeBytesOf, valueCountOf } from '../tensor-entry.ts';
import { maxHeaderBytes } from './safetensors-header.ts';

/** Yields a tensor's values in row-major order, in pieces of any length; called once, when its turn comes. */
export type FloatProducer = (signal: AbortSignal) => AsyncIterable<Float32Array> | Iterable<Float32Array>;

export interface TensorToWrite {
  readonly name: string;
  readonly dtype: FloatDType;
  readonly shape: readonly number[];
  readonly data: Float32Array | FloatProducer;
}

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** `{ format: 'pt' }` unless given, which is what PyTorch's libraries write and ask for. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes all tensors to `path`, which is replaced as a whole or not touched. Values are rounded to the tensor's type,
 * nearest even. Holds one piece of one tensor at a time. Throws `DISK_FULL`, another error of the file, or
 * `SAFETENSORS_UNWRITABLE` where names repeat or a producer's values do not fill the shape.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  options: WriteOptions,
): Promise<void> {
  const inOrder = [...tensors].sort(byLayout);
  requireDistinct(inOrder);
  const header = encodeHeader(inOrder, options.metadata ?? { format: 'pt' });
  await writeFileAtomically(path, async (sink) => {
    await sink.write(header);
    for (const tensor of inOrder) await writeValues(sink, tensor, options.signal);
  });
}

/** Bytes that the tensor's values take in a file. */
export function writtenBytes(tensor: TensorToWrite): number {
  const bytes = sizeBytesOf(tensor.dtype, tensor.shape);
  if (bytes === null) throw unwritable(tensor.name, `has the impossible shape [${tensor.shape.join(', ')}]`);
  return bytes;
}

const alignmentRank: Readonly<Record<FloatDType, number>> = { F32: 0, BF16: 1, F16: 2 };

function byLayout(a: TensorToWrite, b: TensorToWrite): number {
  return (
    alignmentRank[a.dtype] - alignmentRank[b.dtype] ||
    Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))
  );
}

function requireDistinct(tensors: readonly TensorToWrite[]): void {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name) || name === '__metadata__')
      throw unwritable(name, 'is named twice or like the metadata');
    names.add(name);
  }
}

function encodeHeader(tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Buffer {
  const members = [`"__metadata__":${JSON.stringify(metadata)}`];
  let offset = 0;
  for (const tensor of tensors) {
    const end = offset + writtenBytes(tensor);
    const { dtype, shape } = tensor;
    members.push(
      `${JSON.stringify(tensor.name)}:${JSON.stringify({ dtype, shape, data_offsets: [offset, end] })}`,
    );
    offset = end;
  }
  const json = Buffer.from(`{${members.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  if (padded > maxHeaderBytes) throw unwritable('__metadata__', `makes a header of ${padded} bytes`);
  const header = Buffer.alloc(8 + padded, ' ');
  header.writeBigUInt64LE(BigInt(padded));
  json.copy(header, 8);
  return header;
}

async function writeValues(sink: FileSink, tensor: TensorToWrite, signal: AbortSignal): Promise<void> {
  const expected = valueCountOf(tensor.shape) ?? 0;
  const pieces = tensor.data instanceof Float32Array ? [tensor.data] : tensor.data(signal);
  let count = 0;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    count += piece.length;
    if (count > expected) break;
    await sink.write(encodeFloats(tensor.dtype, piece));
  }
  if (count !== expected) throw unwritable(tensor.name, `needs ${expected} values, was given ${count}`);
}

function unwritable(name: string, fault: string): WeftError {
  return new WeftError({
    code: 'SAFETENSORS_UNWRITABLE',
    kind: 'internal',
    message: `tensor ${JSON.stringify(name)} ${fault}`,
    field: name,
  });
}
