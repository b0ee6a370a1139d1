/** Builds small GGUF files for tests, right or wrong as the test wants them. */

export interface TensorSpec {
  readonly name: string;
  /** Row-major. */
  readonly shape: readonly number[];
  /** GGUF's number of the type; 0 is F32. */
  readonly type?: number;
  /** From the start of the values. */
  readonly offset: number;
}

export interface GgufSpec {
  readonly version?: number;
  readonly metadata?: readonly Buffer[];
  readonly tensors?: readonly TensorSpec[];
  /** What follows the header, once that is padded. */
  readonly data?: Uint8Array;
  readonly alignment?: number;
}

export function buildGguf(spec: GgufSpec): Buffer {
  const { metadata = [], tensors = [], alignment = 32 } = spec;
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(spec.version ?? 3),
    u64(tensors.length),
    u64(metadata.length),
    ...metadata,
    ...tensors.map(tensorInfo),
  ]);
  const padding = Buffer.alloc(Math.ceil(header.length / alignment) * alignment - header.length);
  return Buffer.concat([header, padding, spec.data ?? Buffer.alloc(0)]);
}

function tensorInfo({ name, shape, type = 0, offset }: TensorSpec): Buffer {
  const dimensions = shape.toReversed().map(u64);
  return Buffer.concat([text(name), u32(shape.length), ...dimensions, u32(type), u64(offset)]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

export function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

/** A pair whose value has GGUF's type `type` and these bytes. */
export function pair(key: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([text(key), u32(type), value]);
}

export const pairU32 = (key: string, value: number) => pair(key, 4, u32(value));
export const pairF32 = (key: string, value: number) => pair(key, 6, f32(value));
export const pairText = (key: string, value: string) => pair(key, 8, text(value));

export function pairArray(key: string, type: number, items: readonly Buffer[]): Buffer {
  return pair(key, 9, Buffer.concat([u32(type), u64(items.length), ...items]));
}
