import type { Node, Value } from '../program.ts';
import type { GraphWriter } from './graph-writer.ts';

/** What the lowering of one node reads and writes with. Values keep the shapes that they have in the Program. */
export interface LoweringContext {
  readonly graph: GraphWriter;
  readonly node: Node;
  /** The name of a required input. */
  input(index: number): string;
  /** The name of an input that may be absent. */
  optional(index: number): string | null;
  value(index: number): Value;
  attribute(name: string): number;
}

/** Adds nodes for an op and returns the names of its outputs in order. */
export type Lowering = (context: LoweringContext) => readonly string[];
