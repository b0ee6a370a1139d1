/** Row-major float64 matrices, on which the references of the op table compute. */

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export interface ReferenceCall {
  /** In the op's order; null for an input that is absent. References of mutating ops change them in place. */
  readonly inputs: readonly (Matrix | null)[];
  readonly attributes: Readonly<Record<string, number>>;
  /** Rows of the output, for ops whose inputs do not fix it. */
  readonly rows: number;
}

/** The op's outputs in order, by plain loops straight from its formula. */
export type Reference = (call: ReferenceCall) => readonly Matrix[];

export function matrix(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns) };
}

/** A matrix whose element [row, column] is `value(row, column)`. */
export function fill(rows: number, columns: number, value: (row: number, column: number) => number): Matrix {
  const result = matrix(rows, columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result.data[row * columns + column] = value(row, column);
  }
  return result;
}

export function at(m: Matrix, row: number, column: number): number {
  return valueAt(m.data, row * m.columns + column);
}

export function valueAt(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${index} of ${values.length}`);
  return value;
}

/** sum of term(0) … term(count - 1). */
export function sum(count: number, term: (index: number) => number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += term(index);
  return total;
}

export function required(call: ReferenceCall, index: number): Matrix {
  const input = call.inputs[index] ?? null;
  if (input === null) throw new RangeError(`the reference needs input ${index}`);
  return input;
}

export function attributeOf(call: ReferenceCall, name: string): number {
  const value = call.attributes[name];
  if (value === undefined) throw new RangeError(`the reference needs attribute '${name}'`);
  return value;
}
