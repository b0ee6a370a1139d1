import { type LossRun, sum } from './loss-run.ts';
import { type RowSource, splitIntoRuns } from './pack-rows.ts';

export interface EvaluationResult {
  /** Mean over labelled tokens, in nats. */
  readonly loss: number;
  readonly labelledTokens: number;
}

/** The mean loss over all rows of a source; no parameter changes. */
export async function evaluate(
  run: LossRun,
  source: RowSource,
  tokenBudget: number,
): Promise<EvaluationResult> {
  const all = Array.from({ length: source.rowCount }, (_, row) => row);
  let total = 0;
  let labelledTokens = 0;
  run.setScale(1);
  for (const packed of splitIntoRuns(source, all, tokenBudget)) {
    total -= sum(await run.run(source, packed));
    labelledTokens += packed.labels;
  }
  return { loss: labelledTokens === 0 ? 0 : total / labelledTokens, labelledTokens };
}
