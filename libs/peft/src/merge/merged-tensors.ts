/** A model with an adapter merged into it, tensor by tensor, as Hugging Face stores it. */
import { WeftError } from '@weft/errors';
import type { BaseModel, FloatDType, FloatProducer, JsonObject, TensorToWrite } from '@weft/models';
import type { Adapter, ParameterValues } from '../adapter.ts';
import type { BaseTensors } from '../base-tensors.ts';
import { transpose } from '../files/saved-adapter.ts';
import { type BaseLayout, describeBase } from '../module-sites.ts';
import { placeBiases } from './bias-placement.ts';
import type { MergeRule, MergeRules } from './merge-rule.ts';

export interface MergeOptions {
  readonly model: BaseModel;
  readonly adapter: Adapter;
  readonly values: ParameterValues;
  readonly base: BaseTensors;
  /** Of the written tensors; sums are made in fp32 or better before. */
  readonly dtype: FloatDType;
}

export interface MergedModel {
  /** All tensors under Hugging Face names and in its layout; values are read and made as each is written. */
  readonly tensors: readonly TensorToWrite[];
  /** Keys of `config.json` that the merged model needs otherwise than the base. */
  readonly configChanges: JsonObject;
  /** Tied embeddings and head became two tensors, because the adapter changes one side. */
  readonly isUntied: boolean;
}

/**
 * The base stays as it is: to unmerge is to use it again.
 *
 * @throws WeftError `MERGE_IMPOSSIBLE` where the method is no change of weights, `MERGE_NO_BIAS`; while tensors are made,
 * `MERGE_NOT_FINITE` or `MERGE_OVERFLOW` naming the tensor.
 */
export function mergedTensors(options: MergeOptions): MergedModel {
  const { model, adapter } = options;
  const { merging } = adapter;
  if ('unmergeable' in merging) throw impossible(adapter, merging.unmergeable);
  const layout = describeBase(model);
  const isUntied = model.config.tiedHead && touchesOneSide(merging, layout);
  const shapes = new Map(layout.tensors);
  if (isUntied) shapes.set(head, [model.config.vocabularySize, model.config.hiddenSize]);
  const wanted = [...merging.rules.keys()].filter((name) => !shapes.has(name));
  const biases = placeBiases(wanted, layout, model.config.architecture);
  for (const [name, shape] of biases.shapes) if (!shapes.has(name)) shapes.set(name, shape);
  const transposed = new Set(
    layout.sites.filter((site) => site.storedTransposed).map(({ name }) => `${name}.weight`),
  );
  const tensors = [...shapes].map(([name, shape]) =>
    describeTensor(options, {
      name,
      shape,
      isTransposed: transposed.has(name),
      isNew: !layout.tensors.has(name) && name !== head,
      rule: merging.rules.get(name) ?? null,
    }),
  );
  const untied = isUntied ? { tie_word_embeddings: false } : {};
  return { tensors, configChanges: { ...biases.configChanges, ...untied }, isUntied };
}

const head = 'lm_head.weight';

function touchesOneSide({ rules, keepsTied }: MergeRules, { sites }: BaseLayout): boolean {
  return !keepsTied && (rules.has(head) || rules.has(`${sites[0]?.name}.weight`));
}

interface MergedTensor {
  readonly name: string;
  /** In the engine's layout. */
  readonly shape: readonly number[];
  readonly isTransposed: boolean;
  /** The base has no such tensor; it starts as zeros. */
  readonly isNew: boolean;
  readonly rule: MergeRule | null;
}

/** Values made at a time. */
const pieceSize = 1 << 20;

function describeTensor(options: MergeOptions, tensor: MergedTensor): TensorToWrite {
  const { name, shape, isTransposed } = tensor;
  const [first = 1, columns] = shape;
  const rows = columns === undefined ? 1 : first;
  const width = columns ?? first;
  const step = isTransposed ? rows : Math.max(1, Math.floor(pieceSize / width));
  const produce: FloatProducer = function* () {
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const merged = mergeRows(options, tensor, { first: row, count, width });
      yield isTransposed ? transpose(merged, rows, width) : merged;
    }
  };
  return { name, dtype: options.dtype, shape: isTransposed ? shape.toReversed() : shape, data: produce };
}

interface Piece {
  readonly first: number;
  readonly count: number;
  readonly width: number;
}

function mergeRows(options: MergeOptions, tensor: MergedTensor, piece: Piece): Float32Array {
  const { first, count, width } = piece;
  const { name, isNew, rule } = tensor;
  const rows = isNew ? new Float32Array(count * width) : options.base.readRows(name, first, count);
  rule?.(rows, piece, options);
  const limit = options.dtype === 'F16' ? largestHalf : Number.POSITIVE_INFINITY;
  const at = rows.findIndex((value) => !(Math.abs(value) < limit));
  if (at !== -1) throw unwritable(name, rows[at] ?? 0);
  return rows;
}

/** From here on F16 rounds to infinity. */
const largestHalf = 65_520;

function unwritable(name: string, value: number): WeftError {
  const isTooLarge = Number.isFinite(value);
  return new WeftError({
    code: isTooLarge ? 'MERGE_OVERFLOW' : 'MERGE_NOT_FINITE',
    kind: 'invalid',
    message: `${name} would hold ${value}${isTooLarge ? ', too large for F16' : ''}; nothing is merged`,
    field: name,
    value: String(value),
    remedy: isTooLarge ? 'merge with another dtype' : 'use an adapter whose training did not diverge',
  });
}

function impossible(adapter: Adapter, reason: string): WeftError {
  return new WeftError({
    code: 'MERGE_IMPOSSIBLE',
    kind: 'invalid',
    message: `an adapter of the method ${adapter.method} cannot be merged: ${reason}`,
    field: 'adapter',
    value: adapter.method,
    remedy: 'use the adapter beside the base model',
  });
}
