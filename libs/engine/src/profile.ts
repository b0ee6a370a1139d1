/** Sums the time of nodes by op and shape. */
import { costOf } from './cost.ts';
import type { OpProfile } from './executor.ts';
import type { Node, Program } from './program.ts';
import type { DimensionBindings } from './shape.ts';

export interface ProfileInput {
  /** Per node, over all runs. */
  readonly seconds: Float64Array;
  readonly dimensions: DimensionBindings;
  readonly runs: number;
}

export function summarise(
  program: Program,
  { seconds, dimensions, runs }: ProfileInput,
): readonly OpProfile[] {
  const groups = new Map<
    string,
    { op: string; shapes: string; nodes: number; seconds: number; flops: number; bytes: number }
  >();
  program.nodes.forEach((node, index) => {
    const shapes = describeShapes(node);
    const key = `${node.op.name} ${shapes}`;
    const group = groups.get(key) ?? { op: node.op.name, shapes, nodes: 0, seconds: 0, flops: 0, bytes: 0 };
    groups.set(key, group);
    group.nodes++;
    group.seconds += seconds[index] ?? 0;
    if (runs === 0) return;
    const cost = costOf(node, dimensions);
    group.flops += cost.flops * runs;
    group.bytes += cost.bytes * runs;
  });
  return [...groups.values()]
    .map(({ flops, bytes, ...group }) => ({
      ...group,
      flopsPerSecond: group.seconds > 0 ? flops / group.seconds : 0,
      bytesPerSecond: group.seconds > 0 ? bytes / group.seconds : 0,
    }))
    .toSorted((a, b) => b.seconds - a.seconds);
}

function describeShapes(node: Node): string {
  return node.inputs.map((input) => (input === null ? '-' : `[${input.shape.join(', ')}]`)).join(' ');
}
