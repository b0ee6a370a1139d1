import { WeftError } from '@weft/errors';
import type {
  CompileOptions,
  ComputeType,
  DeviceInfo,
  Executor,
  NumberArray,
  OpProfile,
  Session,
  Weight,
  WeightDescriptor,
} from '../executor.ts';
import { planMemory } from '../memory-plan.ts';
import { summarise } from '../profile.ts';
import type { Program } from '../program.ts';
import { type DimensionBindings, elementCount } from '../shape.ts';
import {
  type Addon,
  type FileHandle,
  loadAddon,
  type RuntimeHandle,
  type SessionHandle,
  type WeightHandle,
} from './addon.ts';
import { type EncodedProgram, encodeProgram } from './encode-program.ts';

const computeTypes = { float32: 0, bfloat16: 1 } as const;

export interface CpuExecutorOptions {
  /** 0: as many as can run at once here (affinity and cgroup quota). */
  readonly threads?: number;
  /** `portable`, `avx2` or `avx512` to use less than the machine has; empty for the best. */
  readonly instructionSet?: string;
}

/** Opens the native CPU backend. @throws WeftError `ENGINE_NOT_BUILT`. */
export function openCpuExecutor(options: CpuExecutorOptions = {}): Executor {
  const addon = loadAddon();
  return new CpuExecutor(addon, addon.createRuntime(options.threads ?? 0, options.instructionSet ?? ''));
}

class CpuExecutor implements Executor {
  readonly device: DeviceInfo;
  readonly #addon: Addon;
  readonly #runtime: RuntimeHandle;
  readonly #files = new Map<string, FileHandle>();

  constructor(addon: Addon, runtime: RuntimeHandle) {
    this.#addon = addon;
    this.#runtime = runtime;
    const { cpu, threads, instructionSet, bf16 } = addon.runtimeInfo(runtime);
    this.device = { name: cpu, threads, instructionSet, bf16 };
  }

  openWeight(descriptor: WeightDescriptor): Weight {
    const { offsetBytes, sizeBytes, rows, columns, transposed, unpermuteHeads } = descriptor;
    const numbers = [offsetBytes, sizeBytes, rows, columns, transposed ? 1 : 0, unpermuteHeads];
    try {
      const file = this.#open(descriptor.path);
      const handle = this.#addon.openWeight(file, descriptor.storage, Float64Array.from(numbers));
      return new CpuWeight(this.#addon, handle);
    } catch (error) {
      throw new WeftError({
        code: 'WEIGHT_UNREADABLE',
        kind: 'invalid',
        message: `cannot read a weight of ${descriptor.path}: ${messageOf(error)}`,
        field: descriptor.path,
        remedy: 'fetch the checkpoint again; the file is cut short or damaged',
        cause: error,
      });
    }
  }

  memoryWeight(values: Float32Array, rows: number, columns: number): Weight {
    return new CpuWeight(this.#addon, this.#addon.memoryWeight(values, rows, columns));
  }

  async compile(program: Program, options: CompileOptions): Promise<Session> {
    const plan = planMemory(program, options.capacity);
    const encoded = encodeProgram(program, plan);
    const weights = encoded.weights.map((name) => handleOf(options.weights(name)));
    const capacity = encoded.symbols.map((symbol) => elementCount([symbol], options.capacity));
    const scalars = [plan.arenaBytes, encoded.bindings.size, computeTypes[options.compute]];
    try {
      const handle = await this.#addon.compile(
        this.#runtime,
        encoded.ops,
        encoded.nodes,
        encoded.values,
        weights,
        Float64Array.from(capacity),
        Float64Array.from(scalars),
      );
      return new CpuSession({ addon: this.#addon, handle, program, encoded, arenaBytes: plan.arenaBytes });
    } catch (error) {
      const outOfMemory = messageOf(error).startsWith('no memory');
      throw new WeftError({
        code: outOfMemory ? 'OUT_OF_MEMORY' : 'ENGINE_COMPILE_FAILED',
        kind: outOfMemory ? 'machine' : 'internal',
        message: `the Program cannot be made ready: ${messageOf(error)}`,
        remedy: outOfMemory ? 'lower --max-length, or use a machine with more memory' : undefined,
        cause: error,
      });
    }
  }

  measureProducts(compute: ComputeType): Promise<number> {
    return this.#addon.measureProducts(this.#runtime, computeTypes[compute]);
  }

  packedBytes(weights: Iterable<Weight>): number {
    let bytes = 0;
    for (const weight of new Set(weights)) bytes += this.#addon.weightInfo(handleOf(weight)).packedBytes;
    return bytes;
  }

  scratchBytes(): number {
    return this.#addon.runtimeInfo(this.#runtime).scratchBytes;
  }

  #open(path: string): FileHandle {
    const open = this.#files.get(path) ?? this.#addon.openFile(path);
    this.#files.set(path, open);
    return open;
  }
}

class CpuWeight implements Weight {
  readonly rows: number;
  readonly columns: number;
  readonly handle: WeightHandle;
  readonly #addon: Addon;

  constructor(addon: Addon, handle: WeightHandle) {
    this.#addon = addon;
    this.handle = handle;
    const info = addon.weightInfo(handle);
    this.rows = info.rows;
    this.columns = info.cols;
  }

  readRows(first: number, count: number): Float32Array {
    const out = new Float32Array(count * this.columns);
    this.#addon.readWeightRows(this.handle, first, count, out);
    return out;
  }
}

interface CpuSessionOptions {
  readonly addon: Addon;
  readonly handle: SessionHandle;
  readonly program: Program;
  readonly encoded: EncodedProgram;
  readonly arenaBytes: number;
}

class CpuSession implements Session {
  readonly arenaBytes: number;
  readonly #options: CpuSessionOptions;
  readonly #unbound: Set<string>;
  #lastDimensions: DimensionBindings = {};
  #runs = 0;

  constructor(options: CpuSessionOptions) {
    this.#options = options;
    this.arenaBytes = options.arenaBytes;
    this.#unbound = new Set(options.encoded.bindings.keys());
  }

  bind(name: string, array: NumberArray): void {
    const { addon, handle, encoded } = this.#options;
    const index = encoded.bindings.get(name);
    if (index === undefined) return;
    if (array instanceof Int32Array !== encoded.integers.has(name)) {
      throw new TypeError(`'${name}' takes ${encoded.integers.has(name) ? 'integers' : 'fp32 numbers'}`);
    }
    addon.bind(handle, index, array);
    this.#unbound.delete(name);
  }

  async run(dimensions: DimensionBindings, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { addon, handle, encoded } = this.#options;
    if (this.#unbound.size > 0) throw new RangeError(`not bound: ${[...this.#unbound].join(', ')}`);
    const symbols = Float64Array.from(encoded.symbols, (symbol) => elementCount([symbol], dimensions));
    const cancel = new Int32Array(1);
    const onAbort = (): void => void Atomics.store(cancel, 0, 1);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const done = await addon.run(handle, symbols, cancel);
      if (!done) signal?.throwIfAborted();
      this.#lastDimensions = dimensions;
      this.#runs++;
    } catch (error) {
      signal?.throwIfAborted();
      throw new WeftError({
        code: 'ENGINE_RUN_FAILED',
        kind: 'internal',
        message: `a run failed: ${messageOf(error)}`,
        cause: error,
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  profile(): readonly OpProfile[] {
    const { addon, handle, program } = this.#options;
    return summarise(program, {
      seconds: addon.nodeSeconds(handle),
      dimensions: this.#lastDimensions,
      runs: this.#runs,
    });
  }
}

function handleOf(weight: Weight): WeightHandle {
  if (weight instanceof CpuWeight) return weight.handle;
  throw new TypeError('the weight belongs to another executor');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
