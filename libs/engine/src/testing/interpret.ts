/** Runs a whole Program in float64 by the references of its ops. */
import type { NumberArray } from '../executor.ts';
import type { Program, Value } from '../program.ts';
import { columnDimension, type DimensionBindings, resolveDimension, rowDimension } from '../shape.ts';
import { references } from './reference/index.ts';
import type { Matrix } from './reference/matrix.ts';

export interface InterpretOptions {
  readonly dimensions: DimensionBindings;
  readonly values: ReadonlyMap<string, NumberArray | Float64Array>;
}

export interface Interpretation {
  readonly outputs: ReadonlyMap<string, Float64Array>;
  /** By name, after the run. */
  readonly states: ReadonlyMap<string, Float64Array>;
}

export function interpret(program: Program, options: InterpretOptions): Interpretation {
  const { dimensions, values } = options;
  const matrices = new Map<Value, Matrix>();
  for (const value of program.values) {
    const given = value.kind === 'computed' ? undefined : values.get(value.name);
    if (given === undefined) continue;
    const rows = resolveDimension(rowDimension(value.shape), dimensions);
    const columns = resolveDimension(columnDimension(value.shape), dimensions);
    matrices.set(value, { rows, columns, data: Float64Array.from(given) });
  }
  const matrixOf = (value: Value): Matrix => {
    const found = matrices.get(value);
    if (found === undefined) throw new RangeError(`'${value.name}' has no value`);
    return found;
  };
  for (const node of program.nodes) {
    const inputs = node.inputs.map((input) => (input === null ? null : matrixOf(input)));
    const rows = node.rows === null ? 0 : resolveDimension(node.rows, dimensions);
    const results = references.get(node.op.name)?.({ inputs, attributes: node.attributes, rows }) ?? [];
    node.outputs.forEach((output, index) => {
      const result = results[index];
      if (result !== undefined) matrices.set(output, result);
    });
  }
  const states = program.values.filter((value) => value.kind === 'state');
  return {
    outputs: new Map([...program.outputs].map(([name, value]) => [name, matrixOf(value).data])),
    states: new Map(states.map((value) => [value.name, matrixOf(value).data])),
  };
}
