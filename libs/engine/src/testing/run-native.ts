/** Runs a small Program once on an executor, its outputs in arrays made here. */
import type { ComputeType, Executor, NumberArray } from '../executor.ts';
import type { Program } from '../program.ts';
import { type DimensionBindings, elementCount } from '../shape.ts';

export interface RunOnceOptions {
  readonly dimensions: DimensionBindings;
  /** Values of inputs, parameters, states and weights by name; states are changed in place. */
  readonly values: ReadonlyMap<string, NumberArray>;
  readonly compute?: ComputeType;
  /** The capacity compiled for; default: the sizes of the run and some more, as it is in use. */
  readonly capacity?: DimensionBindings;
}

/** The Program's outputs by name. Output arrays start as NaN, so that an element not written is seen. */
export async function runOnce(
  executor: Executor,
  program: Program,
  options: RunOnceOptions,
): Promise<ReadonlyMap<string, Float32Array>> {
  const larger = Object.entries(options.dimensions).map(([name, size]) => [name, size + 3] as const);
  const session = await executor.compile(program, {
    capacity: options.capacity ?? Object.fromEntries(larger),
    compute: options.compute ?? 'float32',
    weights: (name) => {
      const value = program.values.find((candidate) => candidate.name === name);
      const values = options.values.get(name);
      if (value === undefined || !(values instanceof Float32Array))
        throw new RangeError(`no weight '${name}'`);
      const columns = value.shape.length === 2 ? value.shape[1] : value.shape[0];
      if (typeof columns !== 'number') throw new RangeError(`weight '${name}' has a symbolic shape`);
      return executor.memoryWeight(values, values.length / columns, columns);
    },
  });
  for (const [name, array] of options.values) session.bind(name, array);
  const outputs = new Map<string, Float32Array>();
  for (const [name, value] of program.outputs) {
    const array = new Float32Array(elementCount(value.shape, options.dimensions)).fill(Number.NaN);
    outputs.set(name, array);
    session.bind(`output:${name}`, array);
  }
  await session.run(options.dimensions);
  return outputs;
}
