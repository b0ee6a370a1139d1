/** Floating-point operations and bytes of nodes, from the op table's own rules. */
import type { Node, Program, Value } from './program.ts';
import {
  bytesPerElement,
  columnDimension,
  type DimensionBindings,
  elementCount,
  resolveDimension,
  rowDimension,
} from './shape.ts';

export interface NodeCost {
  readonly flops: number;
  /** Bytes of all inputs and outputs, each taken once in fp32. */
  readonly bytes: number;
}

export function costOf(node: Node, dimensions: DimensionBindings): NodeCost {
  const elements = (value: Value | null | undefined): number =>
    value == null ? 0 : elementCount(value.shape, dimensions);
  const flops = node.op.flops({
    node,
    rows: (value) => resolveDimension(rowDimension(value.shape), dimensions),
    columns: (value) => resolveDimension(columnDimension(value.shape), dimensions),
    elements,
  });
  const values = [...node.inputs, ...node.outputs];
  return { flops, bytes: bytesPerElement * values.reduce((total, value) => total + elements(value), 0) };
}

/** All operations of one run. */
export function programFlops(program: Program, dimensions: DimensionBindings): number {
  return program.nodes.reduce((total, node) => total + costOf(node, dimensions).flops, 0);
}
