/** One op with inputs of given shapes and values: what the op-table test runs natively and by the float64 reference. */
import type { NumberArray } from '../executor.ts';
import type { OpDefinition, Value, ValueKind } from '../program.ts';
import type { ProgramBuilder } from '../program-builder.ts';
import {
  columnDimension,
  type Dimension,
  elementCount,
  resolveDimension,
  rowDimension,
  type Shape,
} from '../shape.ts';
import { randomNumbers } from './random.ts';
import type { Matrix } from './reference/matrix.ts';

export interface CaseInput {
  readonly shape: Shape;
  /** Default `input`; a `weight` is bound at compile time and packed. */
  readonly kind?: Exclude<ValueKind, 'computed'>;
  /** Default: random numbers in (-1, 1). Int32Array makes an i32 input. */
  readonly values?: NumberArray;
}

export interface OpCase {
  readonly op: OpDefinition;
  readonly label: string;
  readonly inputs: readonly (CaseInput | null)[];
  readonly attributes?: Readonly<Record<string, number>>;
  readonly rows?: Dimension;
  /** The sizes that the run binds. */
  readonly dimensions: Readonly<Record<string, number>>;
  /** Inputs whose gradient the VJP must give; others must be without. */
  readonly differentiable?: readonly number[];
  /** Error allowed, relative to the largest element of the reference; default 1e-5. */
  readonly tolerance?: number;
}

export interface PreparedInput {
  readonly input: CaseInput;
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly values: NumberArray;
}

/** The case's inputs with their values, which are the same at every call. */
export function prepareInputs(opCase: OpCase): readonly (PreparedInput | null)[] {
  return opCase.inputs.map((input, index) => {
    if (input === null) return null;
    const count = elementCount(input.shape, opCase.dimensions);
    return {
      input,
      name: `${opCase.op.inputs[index] ?? 'input'}.${index}`,
      rows: resolveDimension(rowDimension(input.shape), opCase.dimensions),
      columns: resolveDimension(columnDimension(input.shape), opCase.dimensions),
      values: input.values?.slice() ?? randomNumbers(count, 17 + index + 31 * count),
    };
  });
}

export function toMatrix({ rows, columns, values }: PreparedInput): Matrix {
  return { rows, columns, data: Float64Array.from(values) };
}

/** Declares the inputs in a builder. */
export function declareInputs(
  builder: ProgramBuilder,
  inputs: readonly (PreparedInput | null)[],
): readonly (Value | null)[] {
  return inputs.map((prepared) => {
    if (prepared === null) return null;
    const { shape, kind = 'input' } = prepared.input;
    if (kind === 'weight') return builder.weight(prepared.name, shape);
    if (kind === 'parameter') return builder.parameter(prepared.name, shape);
    if (kind === 'state') return builder.state(prepared.name, shape);
    return builder.input(prepared.name, shape, prepared.values instanceof Int32Array ? 'i32' : 'f32');
  });
}

export function labelOf(opCase: OpCase): string {
  return `${opCase.op.name}, ${opCase.label}`;
}
