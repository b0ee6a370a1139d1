import { openDataset } from '@weft/datasets';
import { type CommandContext, pathOf } from '../context.ts';
import { openRunnable } from '../models/runnable-model.ts';
import { givenOptions } from '../options/bind-options.ts';
import { requireOption } from '../options/option-errors.ts';
import { scoreOptions } from '../options/use-options.ts';
import { grouped } from '../output/output.ts';
import { scoreRows } from '../runs/score-rows.ts';
import { rowSettings } from '../runs/tune-settings.ts';
import type { GivenOptions } from './command.ts';

export async function runScore({ values }: GivenOptions, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const options = givenOptions(scoreOptions, values);
  const data = requireOption(options.data, '--data', 'FILE with the rows to score');
  const { maxLength, batchSize, format, columns } = rowSettings(options);
  const dataset = await openDataset({ path: pathOf(context, data), format, columns, signal });
  const runnable = await openRunnable(options, context);
  const detected = dataset.isFormatDetected ? 'detected format' : 'format';
  output.note(`${data}: ${detected} ${dataset.format}, template ${runnable.template}`);
  const total = { rows: 0, tokens: 0, labelledTokens: 0 };
  let logProbability = 0;
  for await (const score of scoreRows(runnable, dataset, { maxLength, batchSize, signal })) {
    output.event({ event: 'score', ...score });
    output.line(
      `${score.index}\t${score.logProbability.toFixed(4)}\t${score.labelledTokens}\t${score.tokens}`,
    );
    total.rows++;
    total.tokens += score.tokens;
    total.labelledTokens += score.labelledTokens;
    logProbability += score.logProbability;
  }
  const loss = total.labelledTokens === 0 ? 0 : -logProbability / total.labelledTokens;
  const perplexity = Math.exp(loss);
  output.event({ event: 'total', ...total, loss, perplexity });
  output.line(
    `${grouped(total.rows)} rows, ${grouped(total.labelledTokens)} labelled tokens: loss ${loss.toFixed(4)}, perplexity ${perplexity.toFixed(4)}`,
  );
  const extra = dataset.extraColumns();
  if (extra.length > 0) output.note(`${data}: columns not used: ${extra.join(', ')}`);
}
