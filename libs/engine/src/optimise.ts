/** Rewrites that keep a Program's meaning: dead nodes go, and additions move into the products that feed them. */
import type { Node, Program, Value } from './program.ts';

export function optimise(program: Program): Program {
  return removeDeadNodes(fuseAddends(removeDeadNodes(program)));
}

function removeDeadNodes(program: Program): Program {
  const live = new Set<Value>(program.outputs.values());
  const nodes: Node[] = [];
  for (const node of program.nodes.toReversed()) {
    const isLive = node.op.mutates !== undefined || node.outputs.some((output) => live.has(output));
    if (!isLive) continue;
    nodes.push(node);
    for (const input of node.inputs) if (input !== null) live.add(input);
  }
  return { ...program, nodes: nodes.reverse() };
}

/** add(a, product(..)) becomes product(.., addend = a), executed where the addition stood. */
function fuseAddends(program: Program): Program {
  const readers = countReaders(program);
  const producers = new Map<Value, Node>();
  for (const node of program.nodes) for (const output of node.outputs) producers.set(output, node);
  const moved = new Set<Node>();
  const nodes: Node[] = [];
  for (const node of program.nodes) {
    const fused = node.op.name === 'add' ? fuse(node, { producers, readers, moved }) : null;
    nodes.push(fused ?? node);
  }
  return { ...program, nodes: nodes.filter((node) => !moved.has(node)) };
}

interface FuseContext {
  readonly producers: Map<Value, Node>;
  readonly readers: ReadonlyMap<Value, number>;
  readonly moved: Set<Node>;
}

function fuse(addition: Node, context: FuseContext): Node | null {
  for (const [term, other] of [
    [addition.inputs[1], addition.inputs[0]],
    [addition.inputs[0], addition.inputs[1]],
  ] as const) {
    if (term == null || other == null || term === other || context.readers.get(term) !== 1) continue;
    const producer = context.producers.get(term);
    const slot = producer?.op.addendInput;
    if (producer === undefined || slot === undefined || (producer.inputs[slot] ?? null) !== null) continue;
    if (producer.inputs.some((input) => input !== null && input.kind === 'state')) continue;
    const inputs = producer.op.inputs.map((_, index) =>
      index === slot ? other : (producer.inputs[index] ?? null),
    );
    const fused: Node = { ...producer, inputs, outputs: addition.outputs };
    context.moved.add(producer);
    for (const output of addition.outputs) context.producers.set(output, fused);
    return fused;
  }
  return null;
}

function countReaders(program: Program): ReadonlyMap<Value, number> {
  const readers = new Map<Value, number>();
  const count = (value: Value): void => void readers.set(value, (readers.get(value) ?? 0) + 1);
  for (const node of program.nodes) for (const input of node.inputs) if (input !== null) count(input);
  for (const output of program.outputs.values()) count(output);
  return readers;
}
