/** Collects the nodes and constants of an ONNX graph. Every method returns the name of the value it makes. */
import {
  type ElementType,
  elementTypes,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensorData,
} from './schema.ts';

/** The element type of all real numbers of the graph. */
export type RealType = 'float32' | 'float64';

export type NodeAttributes = Readonly<Record<string, number | readonly number[]>>;

/** Attributes that the format stores as floats; all others are integers. */
const floats: ReadonlySet<string> = new Set(['epsilon']);

export class GraphWriter {
  readonly nodes: OnnxNode[] = [];
  readonly constants = new Map<string, OnnxTensorData>();
  readonly real: RealType;

  constructor(real: RealType) {
    this.real = real;
  }

  emit(opType: string, inputs: readonly string[], attributes: NodeAttributes = {}): string {
    const name = `${opType}.${this.nodes.length}`;
    const attribute = Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value));
    this.nodes.push({ input: inputs, output: [name], name, opType, attribute });
    return name;
  }

  /** Gives a value its name in the Program. */
  rename(value: string, name: string): void {
    this.nodes.push({
      input: [value],
      output: [name],
      name: `rename.${name}`,
      opType: 'Identity',
      attribute: [],
    });
  }

  number(value: number): string {
    const data = this.real === 'float32' ? Float32Array.of(value) : Float64Array.of(value);
    return this.#constant(`real:${value}`, this.real, data, []);
  }

  /** A list of 64-bit integers: shapes, axes, bounds. */
  integers(...values: readonly number[]): string {
    return this.#constant(`list:${values}`, 'int64', BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** One 32-bit integer, comparable with ids and positions. */
  index(value: number): string {
    return this.#constant(`index:${value}`, 'int32', Int32Array.of(value), []);
  }

  cast(value: string, type: ElementType): string {
    return this.emit('Cast', [value], { to: elementTypes[type] });
  }

  /** A 0 in `dimensions` keeps the input's. */
  reshape(value: string, ...dimensions: readonly number[]): string {
    return this.emit('Reshape', [value, this.integers(...dimensions)]);
  }

  unsqueeze(value: string, ...axes: readonly number[]): string {
    return this.emit('Unsqueeze', [value, this.integers(...axes)]);
  }

  slice(value: string, axis: number, bounds: readonly [start: number, end: number]): string {
    const [start, end] = bounds;
    return this.emit('Slice', [value, ...[start, end, axis].map((number) => this.integers(number))]);
  }

  #constant(name: string, type: ElementType, data: ArrayBufferView, dims: readonly number[]): string {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.constants.set(name, { name, dims, dataType: elementTypes[type], rawData });
    return name;
  }
}

function encodeAttribute(name: string, value: number | readonly number[]): OnnxAttribute {
  if (typeof value !== 'number') return { name, ints: value, type: 7 };
  return floats.has(name) ? { name, f: value, type: 1 } : { name, i: value, type: 2 };
}
