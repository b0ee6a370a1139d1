/** Lowers a Program and its memory plan to the flat tables that the addon reads. */
import type { MemoryPlan } from '../memory-plan.ts';
import type { Node, Program, Value } from '../program.ts';
import { columnDimension, type Dimension, rowDimension } from '../shape.ts';

export interface EncodedProgram {
  readonly ops: readonly string[];
  readonly nodes: Float64Array;
  readonly values: Float64Array;
  /** Names of weights, in the order of their indices. */
  readonly weights: readonly string[];
  /** Index of each value that is bound from outside, by name. */
  readonly bindings: ReadonlyMap<string, number>;
  readonly symbols: readonly string[];
  /** Names of bindings that take integers. */
  readonly integers: ReadonlySet<string>;
}

const storage = { arena: 0, external: 1, weight: 2 } as const;
const dtypes = { f32: 0, i32: 2 } as const;

export function encodeProgram(program: Program, plan: MemoryPlan): EncodedProgram {
  const symbols = new Indices();
  const weights = new Indices();
  const bindings = new Indices();
  const outputNames = new Map([...program.outputs].map(([name, value]) => [value, name]));
  const values = usedValues(program);
  const position = new Map(values.map((value, index) => [value, index]));
  const table: number[] = [];
  const integers = new Set<string>();
  for (const value of values) {
    if (value.dtype === 'i32') integers.add(value.name);
    const place = placeOf(value, { plan, outputNames, weights, bindings });
    const rows = extent(rowDimension(value.shape), symbols);
    const columns = extent(columnDimension(value.shape), symbols);
    table.push(place.storage, dtypes[value.dtype], ...rows, ...columns, place.at);
  }
  const nodes: number[] = [];
  for (const node of program.nodes) nodes.push(...encodeNode(node, position));
  return {
    ops: program.nodes.map((node) => node.op.name),
    nodes: Float64Array.from(nodes),
    values: Float64Array.from(table),
    weights: weights.names,
    bindings: bindings.asMap(),
    symbols: symbols.names,
    integers,
  };
}

class Indices {
  readonly names: string[] = [];
  readonly #byName = new Map<string, number>();

  of(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    this.#byName.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  asMap(): ReadonlyMap<string, number> {
    return this.#byName;
  }
}

function usedValues(program: Program): readonly Value[] {
  const used = new Set<Value>();
  for (const node of program.nodes) {
    for (const input of node.inputs) if (input !== null) used.add(input);
    for (const output of node.outputs) used.add(output);
  }
  return [...used];
}

interface PlaceContext {
  readonly plan: MemoryPlan;
  readonly outputNames: ReadonlyMap<Value, string>;
  readonly weights: Indices;
  readonly bindings: Indices;
}

function placeOf(value: Value, context: PlaceContext): { storage: number; at: number } {
  if (value.kind === 'weight') return { storage: storage.weight, at: context.weights.of(value.name) };
  if (value.kind !== 'computed') return { storage: storage.external, at: context.bindings.of(value.name) };
  const output = context.outputNames.get(value);
  if (output !== undefined) return { storage: storage.external, at: context.bindings.of(`output:${output}`) };
  return { storage: storage.arena, at: context.plan.offsets.get(value) ?? 0 };
}

function extent(dimension: Dimension, symbols: Indices): readonly [symbol: number, constant: number] {
  return typeof dimension === 'string' ? [symbols.of(dimension), 0] : [-1, dimension];
}

function encodeNode(node: Node, position: ReadonlyMap<Value, number>): readonly number[] {
  const at = (value: Value | null): number => (value === null ? -1 : (position.get(value) ?? -1));
  const inputs = node.op.inputs.map((_, index) => at(node.inputs[index] ?? null));
  const attributes = node.op.attributes.map((name) => node.attributes[name] ?? 0);
  return [
    inputs.length,
    node.outputs.length,
    attributes.length,
    ...inputs,
    ...node.outputs.map(at),
    ...attributes,
  ];
}
