/** What runs Programs. A backend implements these; nothing above them knows which one it is. */
import type { Program } from './program.ts';
import type { DimensionBindings } from './shape.ts';

export type NumberArray = Float32Array | Int32Array;

/** How frozen matrices are multiplied; everything else is fp32. */
export type ComputeType = 'float32' | 'bfloat16';

/** How a matrix lies in its file; the names of safetensors and GGUF. */
export type StorageType =
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'Q8_0'
  | 'Q4_0'
  | 'Q4_1'
  | 'Q5_0'
  | 'Q5_1'
  | 'Q4_K'
  | 'Q5_K'
  | 'Q6_K';

/** A frozen matrix of a checkpoint: `rows` and `columns` are logical, after undoing what the file format did. */
export interface WeightDescriptor {
  readonly path: string;
  readonly storage: StorageType;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly rows: number;
  readonly columns: number;
  /** The file holds [columns, rows]. */
  readonly transposed: boolean;
  /** Heads whose rows the file interleaves (llama GGUF's q and k), 0 for none. */
  readonly unpermuteHeads: number;
}

export interface Weight {
  readonly rows: number;
  readonly columns: number;
  /** Rows [first, first + count) as fp32, row-major. */
  readRows(first: number, count: number): Float32Array;
}

export interface CompileOptions {
  /** The largest size of each symbolic dimension; the arena is sized for them. */
  readonly capacity: DimensionBindings;
  readonly weights: (name: string) => Weight;
  readonly compute: ComputeType;
}

export interface Session {
  readonly arenaBytes: number;
  /** Binds an input, parameter, state or output by name, until bound anew. The array is read and written in place. */
  bind(name: string, array: NumberArray): void;
  /**
   * Executes the Program off the event loop. @throws the signal's reason once it is aborted between two nodes;
   * WeftError `ENGINE_RUN_FAILED` where a kernel fails.
   */
  run(dimensions: DimensionBindings, signal?: AbortSignal): Promise<void>;
  /** Where the time went, the most expensive first. */
  profile(): readonly OpProfile[];
}

/** What nodes of one op and one shape took together. */
export interface OpProfile {
  readonly op: string;
  /** Shapes of its inputs, e.g. `[tokens, 576] [1536, 576]`. */
  readonly shapes: string;
  readonly nodes: number;
  /** Since the session was made. */
  readonly seconds: number;
  /** Operations and bytes per second, taking every run as large as the last one. */
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface Executor {
  readonly device: DeviceInfo;
  openWeight(descriptor: WeightDescriptor): Weight;
  /** A matrix in memory; the values are copied. */
  memoryWeight(values: Float32Array, rows: number, columns: number): Weight;
  compile(program: Program, options: CompileOptions): Promise<Session>;
  /** Floating-point operations per second of a product typical of training. */
  measureProducts(compute: ComputeType): Promise<number>;
  /** Bytes that packed weights hold now. */
  packedBytes(weights: Iterable<Weight>): number;
  scratchBytes(): number;
}

export interface DeviceInfo {
  readonly name: string;
  readonly threads: number;
  readonly instructionSet: string;
  /** How bf16 products are computed: 'amx', 'avx512_bf16' or 'emulated'. */
  readonly bf16: string;
}
