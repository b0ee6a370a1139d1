import type {
  ApplyOptions,
  Attributes,
  Node,
  NodeBuilder,
  OpDefinition,
  Program,
  Value,
  ValueKind,
} from './program.ts';
import type { Dimension, DType, Shape, ValueType } from './shape.ts';

/** Builds a Program. Nothing is executed; every shape is checked as its node is added. */
export class ProgramBuilder implements NodeBuilder {
  readonly #nodes: Node[] = [];
  readonly #values: Value[] = [];
  readonly #named = new Map<string, Value>();
  readonly #outputs = new Map<string, Value>();
  #region: string | null = null;

  /** Continues an existing Program; its values keep their ids. */
  static from(program: Program): ProgramBuilder {
    const builder = new ProgramBuilder();
    builder.#nodes.push(...program.nodes);
    builder.#values.push(...program.values);
    for (const value of program.values) if (value.kind !== 'computed') builder.#named.set(value.name, value);
    for (const [name, value] of program.outputs) builder.#outputs.set(name, value);
    return builder;
  }

  input(name: string, shape: Shape, dtype: DType = 'f32'): Value {
    return this.#declare(name, 'input', { shape, dtype });
  }

  weight(name: string, shape: Shape): Value {
    return this.#declare(name, 'weight', { shape, dtype: 'f32' });
  }

  parameter(name: string, shape: Shape): Value {
    return this.#declare(name, 'parameter', { shape, dtype: 'f32' });
  }

  state(name: string, shape: Shape): Value {
    return this.#declare(name, 'state', { shape, dtype: 'f32' });
  }

  output(name: string, value: Value): void {
    if (this.#outputs.has(name)) throw new RangeError(`output '${name}' is defined twice`);
    this.#outputs.set(name, value);
  }

  /** Marks the nodes that `build` adds as one region. */
  region<T>(name: string, build: () => T): T {
    const outer = this.#region;
    this.#region = name;
    try {
      return build();
    } finally {
      this.#region = outer;
    }
  }

  apply(op: OpDefinition, inputs: readonly (Value | null)[], options: ApplyOptions = {}): readonly Value[] {
    const attributes = options.attributes ?? {};
    const rows = options.rows ?? null;
    checkInputs(op, inputs, attributes);
    const types = op.shape(shapeContext(op, inputs, attributes, rows));
    const outputs = types.map((type, index) =>
      this.#create(`${op.name}.${this.#nodes.length}.${index}`, 'computed', type),
    );
    this.#nodes.push({ op, inputs, outputs, attributes, rows, region: this.#region });
    return outputs;
  }

  /** The one output of an op that has exactly one. */
  compute(op: OpDefinition, inputs: readonly (Value | null)[], options: ApplyOptions = {}): Value {
    const [output] = this.apply(op, inputs, options);
    if (output === undefined) throw new RangeError(`op '${op.name}' has no output`);
    return output;
  }

  build(): Program {
    return { nodes: [...this.#nodes], values: [...this.#values], outputs: new Map(this.#outputs) };
  }

  #declare(name: string, kind: ValueKind, type: ValueType): Value {
    const existing = this.#named.get(name);
    if (existing === undefined) {
      const value = this.#create(name, kind, type);
      this.#named.set(name, value);
      return value;
    }
    if (
      existing.kind !== kind ||
      existing.dtype !== type.dtype ||
      existing.shape.join() !== type.shape.join()
    ) {
      throw new RangeError(
        `'${name}' is declared twice: ${describe(existing)} and ${describe({ ...type, kind })}`,
      );
    }
    return existing;
  }

  #create(name: string, kind: ValueKind, type: ValueType): Value {
    const value: Value = { id: this.#values.length, name, kind, shape: type.shape, dtype: type.dtype };
    this.#values.push(value);
    return value;
  }
}

function describe(value: ValueType & { readonly kind: ValueKind }): string {
  return `${value.kind} ${value.dtype}[${value.shape.join(', ')}]`;
}

function checkInputs(op: OpDefinition, inputs: readonly (Value | null)[], attributes: Attributes): void {
  if (inputs.length > op.inputs.length)
    throw new RangeError(`op '${op.name}' takes ${op.inputs.length} inputs`);
  op.inputs.forEach((name, index) => {
    if (!name.endsWith('?') && (inputs[index] ?? null) === null) {
      throw new RangeError(`op '${op.name}' lacks its input '${name}'`);
    }
  });
  for (const name of op.attributes) {
    if (attributes[name] === undefined) throw new RangeError(`op '${op.name}' lacks its attribute '${name}'`);
  }
}

function shapeContext(
  op: OpDefinition,
  inputs: readonly (Value | null)[],
  attributes: Attributes,
  rows: Dimension | null,
) {
  return {
    inputs,
    attributes,
    rows,
    input(index: number): Value {
      const value = inputs[index] ?? null;
      if (value === null) throw new RangeError(`op '${op.name}' lacks its input '${op.inputs[index]}'`);
      return value;
    },
    attribute(name: string): number {
      const value = attributes[name];
      if (value === undefined) throw new RangeError(`op '${op.name}' lacks its attribute '${name}'`);
      return value;
    },
  };
}
