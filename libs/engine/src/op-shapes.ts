/** Shape rules shared by several ops. Each throws a RangeError that names the op's inputs. */
import type { ShapeContext, Value } from './program.ts';
import {
  type Dimension,
  f32,
  knownColumns,
  knownRows,
  rowDimension,
  sameShape,
  type ValueType,
} from './shape.ts';

export function like(index: number): (context: ShapeContext) => readonly ValueType[] {
  return (context) => [f32(...context.input(index).shape)];
}

/** All listed inputs have one shape, which is the output's. */
export function elementwise(...indices: readonly number[]): (context: ShapeContext) => readonly ValueType[] {
  return (context) => {
    const [first = 0, ...rest] = indices;
    const value = context.input(first);
    for (const index of rest) expectSameShape(value, context.input(index));
    return [f32(...value.shape)];
  };
}

export function expectSameShape(a: Value, b: Value): void {
  if (!sameShape(a.shape, b.shape)) {
    throw new RangeError(
      `'${a.name}' [${a.shape.join(', ')}] and '${b.name}' [${b.shape.join(', ')}] must match`,
    );
  }
}

export function expectColumns(value: Value, columns: number): void {
  if (knownColumns(value) !== columns) {
    throw new RangeError(`'${value.name}' [${value.shape.join(', ')}] must have ${columns} columns`);
  }
}

export function expectRows(value: Value, rows: Dimension): void {
  if (rowDimension(value.shape) !== rows) {
    throw new RangeError(`'${value.name}' [${value.shape.join(', ')}] must have ${rows} rows`);
  }
}

export function expectAddend(addend: Value | null | undefined, rows: Dimension, columns: number): void {
  if (addend == null) return;
  expectRows(addend, rows);
  expectColumns(addend, columns);
}

export { knownColumns, knownRows };
