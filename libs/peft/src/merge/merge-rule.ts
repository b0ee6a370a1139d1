/** How one base tensor changes when an adapter is merged into it. */
import type { ParameterValues } from '../adapter.ts';
import type { BaseTensors } from '../base-tensors.ts';

export interface MergeSource {
  readonly values: ParameterValues;
  readonly base: BaseTensors;
}

/** Rows [first, first + count) of a tensor in the engine's layout ([out, in]; a vector is one row). */
export interface RowRange {
  readonly first: number;
  readonly count: number;
}

/**
 * Changes the rows of a base tensor in place. A bias that the base lacks comes in as zeros.
 */
export type MergeRule = (rows: Float32Array, range: RowRange, source: MergeSource) => void;

export interface MergeRules {
  /** By the tensor's name, e.g. `model.layers.0.self_attn.q_proj.weight`; others stay as they are. */
  readonly rules: ReadonlyMap<string, MergeRule>;
  /** Tied embeddings and head stay one tensor, because the method changes both alike. */
  readonly keepsTied: boolean;
}

/** The tensor becomes the parameter of that name, which has its shape. */
export function replaceBy(parameter: string): MergeRule {
  return (rows, { first, count }, { values }) => {
    const start = (first * rows.length) / count;
    rows.set(values(parameter).subarray(start, start + rows.length));
  };
}
