/** What planning an adapter needs to know of a base model, and the values that some initialisations read. */
import type { Weight } from '@weft/engine';

export interface BaseTensors {
  /** The base tensor as fp32 in the engine's layout ([out, in]); throws WeftError `TENSOR_MISSING`. */
  read(name: string): Float32Array;
  /** Rows [first, first + count) of it; a vector is one row. */
  readRows(name: string, first: number, count: number): Float32Array;
}

/** Base tensors through an executor's weights, of any stored type (`WeightLoader` of the models' library). */
export function readBaseTensors(weights: { weight(name: string): Weight }): BaseTensors {
  return {
    read(name) {
      const weight = weights.weight(name);
      return weight.readRows(0, weight.rows);
    },
    readRows: (name, first, count) => weights.weight(name).readRows(first, count),
  };
}

export interface ModuleSite {
  /** Hugging Face module name. */
  readonly name: string;
  /** `positions` are learnt ones, a table that no method intercepts. */
  readonly kind: 'linear' | 'embedding' | 'positions' | 'norm';
  readonly layer: number | null;
  /** Linear: in and out; embedding and positions: features (in) and rows (out); norm: features. */
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly hasBias: boolean;
  /** Stored [in, out], as GPT-2's Conv1D. */
  readonly storedTransposed: boolean;
  /** The output embedding (`lm_head`). */
  readonly isHead: boolean;
}
