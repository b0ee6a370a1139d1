/** Element types of activations and inputs. Weights may be stored in other types; see `WeightDescriptor`. */
export type DType = 'f32' | 'i32';

/** A known size, or the name of one that is bound at each run, such as `tokens`. */
export type Dimension = number | string;

/** One or two dimensions. A single symbolic dimension is a column (one number per token), a single known one a row. */
export type Shape = readonly Dimension[];

export type DimensionBindings = Readonly<Record<string, number>>;

export interface ValueType {
  readonly shape: Shape;
  readonly dtype: DType;
}

export const bytesPerElement = 4;

export function f32(...shape: readonly Dimension[]): ValueType {
  return { shape, dtype: 'f32' };
}

export function rowDimension(shape: Shape): Dimension {
  const [first] = shape;
  if (shape.length === 2) return first ?? 1;
  return typeof first === 'string' ? first : 1;
}

export function columnDimension(shape: Shape): Dimension {
  const [first, second] = shape;
  if (shape.length === 2) return second ?? 1;
  return typeof first === 'string' ? 1 : (first ?? 1);
}

/** The known number of columns of a value; throws where it is symbolic, which the op table does not allow there. */
export function knownColumns(type: ValueType): number {
  const columns = columnDimension(type.shape);
  if (typeof columns === 'string') throw new RangeError(`the column dimension '${columns}' must be known`);
  return columns;
}

export function knownRows(type: ValueType): number {
  const rows = rowDimension(type.shape);
  if (typeof rows === 'string') throw new RangeError(`the row dimension '${rows}' must be known`);
  return rows;
}

export function resolveDimension(dimension: Dimension, bindings: DimensionBindings): number {
  if (typeof dimension === 'number') return dimension;
  const value = bindings[dimension];
  if (value === undefined) throw new RangeError(`dimension '${dimension}' is not bound`);
  return value;
}

export function elementCount(shape: Shape, bindings: DimensionBindings): number {
  return shape.reduce<number>((product, dimension) => product * resolveDimension(dimension, bindings), 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return rowDimension(a) === rowDimension(b) && columnDimension(a) === columnDimension(b);
}
