import { WeftError } from '@weft/errors';
import type {
  CompileOptions,
  DeviceInfo,
  Executor,
  NumberArray,
  OpProfile,
  Session,
  Weight,
  WeightDescriptor,
} from '../executor.ts';
import type { Program, Value } from '../program.ts';
import { type DimensionBindings, elementCount, resolveDimension } from '../shape.ts';
import type { RealType } from './graph-writer.ts';
import { lowerProgram } from './lower-program.ts';
import type { OnnxRuntime, OnnxSession, OnnxTensor, TensorArray } from './onnx-runtime.ts';

export interface OnnxExecutorOptions {
  /** Element type of the runs; arrays that are bound stay float32. Default float32. */
  readonly real?: RealType;
}

/**
 * Runs Programs through ONNX Runtime: an implementation that shares no code with the native kernels. It takes forward
 * Programs in float32, weights from memory, and blocks the event loop while it runs.
 */
export function openOnnxExecutor(runtime: OnnxRuntime, options: OnnxExecutorOptions = {}): Executor {
  return new OnnxExecutor(runtime, options.real ?? 'float32');
}

class OnnxExecutor implements Executor {
  readonly device: DeviceInfo = { name: 'ONNX Runtime', threads: 1, instructionSet: '', bf16: 'none' };
  readonly #runtime: OnnxRuntime;
  readonly #real: RealType;

  constructor(runtime: OnnxRuntime, real: RealType) {
    this.#runtime = runtime;
    this.#real = real;
  }

  openWeight(descriptor: WeightDescriptor): Weight {
    throw unsupported('a weight in a file', descriptor.path);
  }

  memoryWeight(values: Float32Array, rows: number, columns: number): Weight {
    const copy = values.slice();
    return {
      rows,
      columns,
      readRows: (first, count) => copy.slice(first * columns, (first + count) * columns),
    };
  }

  async compile(program: Program, options: CompileOptions): Promise<Session> {
    if (options.compute !== 'float32') throw unsupported('products', options.compute);
    const { model, inputs } = lowerProgram(program, { real: this.#real });
    const session = await this.#runtime.InferenceSession.create(model, {
      intraOpNumThreads: 1,
      graphOptimizationLevel: 'disabled',
    });
    const weights = inputs.filter((value) => value.kind === 'weight');
    const arrays = weights.map((value) => {
      const weight = options.weights(value.name);
      return [value.name, weight.readRows(0, weight.rows)] as const;
    });
    const parts = { runtime: this.#runtime, real: this.#real, session, program, inputs };
    return new OnnxProgramSession(parts, new Map(arrays));
  }

  async measureProducts(): Promise<number> {
    throw unsupported('a measurement', 'measureProducts');
  }

  packedBytes(): number {
    return 0;
  }

  scratchBytes(): number {
    return 0;
  }
}

interface SessionParts {
  readonly runtime: OnnxRuntime;
  readonly real: RealType;
  readonly session: OnnxSession;
  readonly program: Program;
  readonly inputs: readonly Value[];
}

class OnnxProgramSession implements Session {
  readonly arenaBytes = 0;
  readonly #parts: SessionParts;
  readonly #arrays: Map<string, NumberArray>;

  constructor(parts: SessionParts, weights: Map<string, NumberArray>) {
    this.#parts = parts;
    this.#arrays = weights;
  }

  bind(name: string, array: NumberArray): void {
    const value = this.#parts.inputs.find((candidate) => candidate.name === name);
    if (value?.kind !== 'weight') this.#arrays.set(name, array);
  }

  async run(dimensions: DimensionBindings, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { inputs, program, session } = this.#parts;
    const feeds = Object.fromEntries(inputs.map((value) => [value.name, this.#feed(value, dimensions)]));
    const results = await session.run(feeds);
    signal?.throwIfAborted();
    for (const name of program.outputs.keys()) {
      const result = results[`output:${name}`];
      if (result !== undefined) this.#bound(`output:${name}`).set(result.data);
    }
  }

  profile(): readonly OpProfile[] {
    return [];
  }

  #bound(name: string): NumberArray {
    const array = this.#arrays.get(name);
    if (array === undefined) throw new RangeError(`not bound: ${name}`);
    return array;
  }

  #feed(value: Value, dimensions: DimensionBindings): OnnxTensor {
    const { runtime, real } = this.#parts;
    const array = this.#bound(value.name).subarray(0, elementCount(value.shape, dimensions));
    const shape = value.shape.map((dimension) => resolveDimension(dimension, dimensions));
    const type = value.dtype === 'i32' ? 'int32' : real;
    const data: TensorArray = type === 'float64' ? Float64Array.from(array) : array;
    return new runtime.Tensor(type, data, shape);
  }
}

function unsupported(what: string, value: string): WeftError {
  return new WeftError({
    code: 'ONNX_EXECUTOR_UNSUPPORTED',
    kind: 'invalid',
    message: `the ONNX executor does not take ${what}: ${value}`,
    value,
    remedy: 'use the native executor',
  });
}
