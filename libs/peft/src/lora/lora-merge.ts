/** Merging: W + s B A, with the initial factors of PiSSA and OLoRA taken away again, computed row by row in float64. */
import type { MergeRule, MergeSource, RowRange } from '../merge/merge-rule.ts';
import type { TrainedBase } from '../trained-base-tensors.ts';
import type { Factors, InitialFactors } from './initialisation.ts';
import type { LoraTarget } from './lora-target.ts';

export interface LoraMergeParts {
  readonly targets: ReadonlyMap<string, LoraTarget>;
  readonly factors: InitialFactors;
  readonly trainedBase: TrainedBase;
}

export function loraMergeRules({
  targets,
  factors,
  trainedBase,
}: LoraMergeParts): ReadonlyMap<string, MergeRule> {
  const rules = new Map(trainedBase.rules);
  for (const target of targets.values()) {
    rules.set(`${target.site.name}.weight`, weightRule(target, factors));
    if (target.bias !== null) addBiasRule(rules, target, target.bias);
  }
  return rules;
}

function weightRule(target: LoraTarget, factors: InitialFactors): MergeRule {
  return (rows, range, source) => {
    const { rank, fanIn, fanOut, scaling } = target;
    const sizes = { rank, fanIn, fanOut };
    const current = { a: source.values(target.a), b: source.values(target.b) };
    const add = target.isEmbedding ? addEmbeddingRows : addLinearRows;
    add(rows, range, { ...sizes, ...current, factor: scaling });
    if (!factors.isDecomposed(target)) return;
    addLinearRows(rows, range, { ...sizes, ...factors.of(target, source.base), factor: -scaling });
  };
}

type Term = Factors & {
  readonly rank: number;
  readonly fanIn: number;
  readonly fanOut: number;
  readonly factor: number;
};

/** rows += factor (B A)[range]. */
function addLinearRows(rows: Float32Array, { first, count }: RowRange, term: Term): void {
  const { a, b, rank, fanIn, factor } = term;
  const sum = new Float64Array(fanIn);
  for (let row = 0; row < count; row++) {
    sum.fill(0);
    for (let k = 0; k < rank; k++) {
      const weight = factor * (b[(first + row) * rank + k] ?? 0);
      for (let i = 0; i < fanIn; i++) sum[i] = (sum[i] ?? 0) + weight * (a[k * fanIn + i] ?? 0);
    }
    for (let i = 0; i < fanIn; i++) rows[row * fanIn + i] = (rows[row * fanIn + i] ?? 0) + (sum[i] ?? 0);
  }
}

/** rows += factor (A Bᵀ)[range], A being [vocabulary, rank]. */
function addEmbeddingRows(rows: Float32Array, { first, count }: RowRange, term: Term): void {
  const { a, b, rank, fanOut, factor } = term;
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < fanOut; i++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += (a[(first + row) * rank + k] ?? 0) * (b[i * rank + k] ?? 0);
      rows[row * fanOut + i] = (rows[row * fanOut + i] ?? 0) + factor * sum;
    }
  }
}

/** The trained bias of the base, where there is one, comes first; then s times LoRA's own. */
function addBiasRule(rules: Map<string, MergeRule>, { site, scaling }: LoraTarget, parameter: string): void {
  const tensor = `${site.name}.bias`;
  const before = rules.get(tensor);
  rules.set(tensor, (rows, range, source: MergeSource) => {
    before?.(rows, range, source);
    const added = source.values(parameter);
    for (let i = 0; i < rows.length; i++) rows[i] = (rows[i] ?? 0) + scaling * (added[i] ?? 0);
  });
}
