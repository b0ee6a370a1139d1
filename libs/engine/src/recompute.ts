/** Which forward values the backward pass keeps, and which it computes again (rematerialisation). */
import type { Node, Program, Value } from './program.ts';

export interface RecomputeOptions {
  /** The first so many nodes are the forward pass. */
  readonly forwardNodes: number;
  readonly regions: ReadonlySet<string> | 'all';
}

/**
 * Rewrites the backward nodes of a Program so that they read fresh copies of forward values that are cheap (ops marked
 * `recompute`) or lie inside a recomputed region; what crosses the border of a region is always kept.
 */
export function recomputeInBackward(program: Program, options: RecomputeOptions): Program {
  const forward = program.nodes.slice(0, options.forwardNodes);
  const plan = new RecomputePlan(program, forward, options);
  const nodes: Node[] = [...forward];
  for (const node of program.nodes.slice(options.forwardNodes)) {
    const inputs = node.inputs.map((input) => (input === null ? null : plan.fresh(input, nodes)));
    nodes.push({ ...node, inputs });
  }
  return { nodes, values: plan.values, outputs: program.outputs };
}

class RecomputePlan {
  readonly values: Value[];
  readonly #producers = new Map<Value, Node>();
  readonly #kept: Set<Value>;
  readonly #copies = new Map<Value, Value>();

  constructor(program: Program, forward: readonly Node[], options: RecomputeOptions) {
    this.values = [...program.values];
    const inRegion = (node: Node): boolean =>
      node.region !== null && (options.regions === 'all' || options.regions.has(node.region));
    for (const node of forward) {
      if (node.op.recompute !== true && !inRegion(node)) continue;
      if (node.op.mutates !== undefined || node.op.name === 'linear_cross_entropy') continue;
      for (const output of node.outputs) this.#producers.set(output, node);
    }
    this.#kept = new Set(program.outputs.values());
    for (const node of forward) {
      for (const input of node.inputs) {
        const producer = input === null ? undefined : this.#producers.get(input);
        const crosses =
          producer !== undefined && producer.region !== node.region && producer.op.recompute !== true;
        if (crosses && input !== null) this.#kept.add(input);
      }
    }
  }

  /** The value to read in place of `value`; adds the nodes that compute it to `nodes` at its first use. */
  fresh(value: Value, nodes: Node[]): Value {
    const copied = this.#copies.get(value);
    if (copied !== undefined) return copied;
    const producer = this.#producers.get(value);
    if (producer === undefined || this.#kept.has(value)) return value;
    const inputs = producer.inputs.map((input) => (input === null ? null : this.fresh(input, nodes)));
    const outputs = producer.outputs.map((output) => this.#copy(output));
    nodes.push({ ...producer, inputs, outputs, region: `backward:${producer.region ?? ''}` });
    return this.#copies.get(value) ?? value;
  }

  #copy(value: Value): Value {
    const copy: Value = { ...value, id: this.values.length, name: `${value.name}.again` };
    this.values.push(copy);
    this.#copies.set(value, copy);
    return copy;
  }
}
