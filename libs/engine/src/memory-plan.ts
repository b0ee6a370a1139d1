/** Gives every temporary a place in one arena before anything runs, so that peak bytes are known beforehand. */
import type { Node, Program, Value } from './program.ts';
import { bytesPerElement, type DimensionBindings, elementCount } from './shape.ts';

const alignmentBytes = 64;

export interface MemoryPlan {
  readonly arenaBytes: number;
  /** Offset in the arena of every computed value that is not an output of the Program. */
  readonly offsets: ReadonlyMap<Value, number>;
}

interface Block {
  readonly sizeBytes: number;
  readonly firstNode: number;
  readonly lastNode: number;
  readonly values: readonly Value[];
}

/** @param capacity the largest sizes that a run may bind; a run with smaller ones uses the same offsets. */
export function planMemory(program: Program, capacity: DimensionBindings): MemoryPlan {
  const blocks = collectBlocks(program, capacity);
  const placed: { block: Block; offset: number }[] = [];
  const offsets = new Map<Value, number>();
  let arenaBytes = 0;
  for (const block of blocks.toSorted((a, b) => b.sizeBytes - a.sizeBytes || a.firstNode - b.firstNode)) {
    const offset = lowestFreeOffset(block, placed);
    insertByOffset(placed, { block, offset });
    for (const value of block.values) offsets.set(value, offset);
    arenaBytes = Math.max(arenaBytes, offset + block.sizeBytes);
  }
  return { arenaBytes, offsets };
}

function insertByOffset(
  placed: { block: Block; offset: number }[],
  entry: { block: Block; offset: number },
): void {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = placed[middle];
    if (at !== undefined && at.offset <= entry.offset) low = middle + 1;
    else high = middle;
  }
  placed.splice(low, 0, entry);
}

function lowestFreeOffset(block: Block, placed: readonly { block: Block; offset: number }[]): number {
  let offset = 0;
  for (const other of placed) {
    if (other.block.lastNode < block.firstNode || other.block.firstNode > block.lastNode) continue;
    if (other.offset >= offset + block.sizeBytes) break;
    offset = Math.max(offset, other.offset + other.block.sizeBytes);
  }
  return offset;
}

/** One block per group of values that share memory: an op that may work in place takes over its dying input's block. */
function collectBlocks(program: Program, capacity: DimensionBindings): readonly Block[] {
  const outputs = new Set(program.outputs.values());
  const lastUse = lastUses(program);
  const groups = new Map<
    Value,
    { sizeBytes: number; firstNode: number; lastNode: number; values: Value[] }
  >();
  program.nodes.forEach((node, index) => {
    const taken = new Set<Value>();
    node.outputs.forEach((output, position) => {
      if (outputs.has(output)) return;
      const sizeBytes = alignedBytes(output, capacity);
      const lastNode = lastUse.get(output) ?? index;
      const donor = inPlaceDonor(node, position, (input) => {
        const group = groups.get(input);
        return (
          group !== undefined &&
          !taken.has(input) &&
          group.lastNode === index &&
          group.sizeBytes === sizeBytes
        );
      });
      const group = donor === null ? undefined : groups.get(donor);
      if (donor === null || group === undefined) {
        groups.set(output, { sizeBytes, firstNode: index, lastNode, values: [output] });
        return;
      }
      taken.add(donor);
      group.lastNode = lastNode;
      group.values.push(output);
      groups.set(output, group);
    });
  });
  return [...new Set(groups.values())];
}

function inPlaceDonor(node: Node, output: number, isFree: (input: Value) => boolean): Value | null {
  for (const [from, to] of node.op.inPlace ?? []) {
    const input = node.inputs[from] ?? null;
    if (to !== output || input === null || !isFree(input)) continue;
    const readTwice = node.inputs.some((other, index) => other === input && index !== from);
    if (!readTwice) return input;
  }
  return null;
}

function lastUses(program: Program): ReadonlyMap<Value, number> {
  const uses = new Map<Value, number>();
  program.nodes.forEach((node, index) => {
    for (const input of node.inputs) if (input !== null) uses.set(input, index);
  });
  return uses;
}

function alignedBytes(value: Value, capacity: DimensionBindings): number {
  const bytes = elementCount(value.shape, capacity) * bytesPerElement;
  return Math.max(alignmentBytes, Math.ceil(bytes / alignmentBytes) * alignmentBytes);
}
