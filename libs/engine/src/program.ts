/** The Program: a list of nodes from a closed op table over values with a shape and a dtype. Pure data. */
import type { Dimension, DType, Shape, ValueType } from './shape.ts';

/**
 * Where a value comes from: `input` is bound for each run, `weight` is frozen and bound once, `parameter` is trainable,
 * `state` is changed in place by ops (caches, accumulators, optimizer moments), `computed` is written by one node.
 */
export type ValueKind = 'input' | 'weight' | 'parameter' | 'state' | 'computed';

export interface Value extends ValueType {
  readonly id: number;
  readonly name: string;
  readonly kind: ValueKind;
}

export type Attributes = Readonly<Record<string, number>>;

export interface Node {
  readonly op: OpDefinition;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
  /** The row dimension of the output, for ops whose inputs do not fix it. */
  readonly rows: Dimension | null;
  /** The part of the model it belongs to; gradient checkpointing recomputes one region at a time. */
  readonly region: string | null;
}

export interface Program {
  readonly nodes: readonly Node[];
  readonly values: readonly Value[];
  readonly outputs: ReadonlyMap<string, Value>;
}

export interface ShapeContext {
  readonly inputs: readonly (Value | null)[];
  readonly attributes: Attributes;
  readonly rows: Dimension | null;
  /** The type of a required input; throws where it is absent. */
  input(index: number): Value;
  attribute(name: string): number;
}

/** What a gradient rule builds with; it is the builder of the Program that is being differentiated. */
export interface NodeBuilder {
  apply(op: OpDefinition, inputs: readonly (Value | null)[], options?: ApplyOptions): readonly Value[];
}

export interface ApplyOptions {
  readonly attributes?: Attributes;
  readonly rows?: Dimension;
}

export interface GradientContext {
  readonly builder: NodeBuilder;
  readonly node: Node;
  /** The gradient of output `index`, null where nothing depends on it. */
  gradient(index: number): Value | null;
  input(index: number): Value;
  output(index: number): Value;
  /** Whether the gradient of input `index` is wanted. */
  needs(index: number): boolean;
}

export interface CostContext {
  readonly node: Node;
  rows(value: Value): number;
  columns(value: Value): number;
  elements(value: Value | null | undefined): number;
}

/** `forward` ops have a gradient rule; the others occur only where nothing is differentiated. */
export type OpRole = 'forward' | 'constant' | 'gradient' | 'update' | 'inference';

export interface OpDefinition {
  readonly name: string;
  /** Input names in order; a trailing `?` marks one that may be absent. */
  readonly inputs: readonly string[];
  /** Attribute names in the order in which kernels index them. */
  readonly attributes: readonly string[];
  readonly role: OpRole;
  readonly shape: (context: ShapeContext) => readonly ValueType[];
  /** Gradients of the inputs, in order; null for those not needed. Present exactly for `forward` ops. */
  readonly vjp?: (context: GradientContext) => readonly (Value | null)[];
  /** Floating-point operations of one run. */
  readonly flops: (context: CostContext) => number;
  /** Pairs of input and output that may share memory when this node is the input's last reader. */
  readonly inPlace?: readonly (readonly [input: number, output: number])[];
  /** Inputs that the kernel changes. */
  readonly mutates?: readonly number[];
  /** Cheap enough that the backward pass computes it again and does not keep the result. */
  readonly recompute?: boolean;
  /** The input onto which the kernel can add its product while storing it. */
  readonly addendInput?: number;
}

export function valueType(shape: Shape, dtype: DType = 'f32'): ValueType {
  return { shape, dtype };
}
