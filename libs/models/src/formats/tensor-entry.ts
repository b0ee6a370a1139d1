/** What a checkpoint says about its tensors: where each lies and what its bytes mean. No value is read here. */

/** Types that a safetensors file may hold here; bytes per value in `bytesPerValue`. */
export type PlainDType =
  | 'BOOL'
  | 'U8'
  | 'I8'
  | 'I16'
  | 'U16'
  | 'F16'
  | 'BF16'
  | 'I32'
  | 'U32'
  | 'F32'
  | 'F64'
  | 'I64'
  | 'U64';

/** Block formats of GGUF: consecutive values of a row share scales. */
export type QuantisedDType = 'Q8_0' | 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q5_1' | 'Q4_K' | 'Q5_K' | 'Q6_K';

export type TensorDType = PlainDType | QuantisedDType;

/** Types that weights and adapters are written in. */
export type FloatDType = 'F32' | 'BF16' | 'F16';

export interface TensorEntry {
  readonly name: string;
  /** The file that holds the values. */
  readonly path: string;
  readonly dtype: TensorDType;
  /** Row-major: the last dimension is contiguous. Empty for a single number. */
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/** A tensor under its Hugging Face name and shape, with what must be undone while reading its stored form. */
export interface WeightEntry extends TensorEntry {
  /** The file holds the transpose, so its shape is `shape` reversed. */
  readonly transposed: boolean;
  /**
   * The number of heads whose rows lie interleaved (stored row h d + 2 j + s is row h d + s d / 2 + j of `shape`), or 0
   * where rows lie in order.
   */
  readonly unpermuteHeads: number;
}

export interface BlockSize {
  /** Consecutive values of a row that share one block; 1 for plain types. */
  readonly values: number;
  readonly bytes: number;
}

const blockSizes: Readonly<Record<TensorDType, BlockSize>> = {
  BOOL: { values: 1, bytes: 1 },
  U8: { values: 1, bytes: 1 },
  I8: { values: 1, bytes: 1 },
  I16: { values: 1, bytes: 2 },
  U16: { values: 1, bytes: 2 },
  F16: { values: 1, bytes: 2 },
  BF16: { values: 1, bytes: 2 },
  I32: { values: 1, bytes: 4 },
  U32: { values: 1, bytes: 4 },
  F32: { values: 1, bytes: 4 },
  F64: { values: 1, bytes: 8 },
  I64: { values: 1, bytes: 8 },
  U64: { values: 1, bytes: 8 },
  Q8_0: { values: 32, bytes: 34 },
  Q4_0: { values: 32, bytes: 18 },
  Q4_1: { values: 32, bytes: 20 },
  Q5_0: { values: 32, bytes: 22 },
  Q5_1: { values: 32, bytes: 24 },
  Q4_K: { values: 256, bytes: 144 },
  Q5_K: { values: 256, bytes: 176 },
  Q6_K: { values: 256, bytes: 210 },
};

export function blockSizeOf(dtype: TensorDType): BlockSize {
  return blockSizes[dtype];
}

/** The type of that name if a safetensors file may hold it here, else null. */
export function plainDTypeFromName(name: string): PlainDType | null {
  return Object.hasOwn(blockSizes, name) && blockSizes[name as TensorDType].values === 1
    ? (name as PlainDType)
    : null;
}

/** The number of values, or null where it cannot be told exactly. */
export function valueCountOf(shape: readonly number[]): number | null {
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) return null;
  }
  return count;
}

/** Bytes of a tensor, or null where the shape cuts a block or the size cannot be told exactly. */
export function sizeBytesOf(dtype: TensorDType, shape: readonly number[]): number | null {
  const block = blockSizeOf(dtype);
  const count = valueCountOf(shape);
  if (count === null || (shape.at(-1) ?? 1) % block.values !== 0) return null;
  const bytes = (count / block.values) * block.bytes;
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** The same values seen as the transposed matrix. */
export function transposeEntry(entry: WeightEntry): WeightEntry {
  return { ...entry, shape: entry.shape.toReversed(), transposed: !entry.transposed };
}
