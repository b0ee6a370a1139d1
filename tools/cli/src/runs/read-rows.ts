/** Reads a file of rows into tokens and tells what became of them. */
import { type EncodedDataset, encodeDataset, openDataset } from '@weft/datasets';
import type { Tokenizer } from '@weft/tokenization';
import { type CommandContext, pathOf } from '../context.ts';
import { grouped } from '../output/output.ts';
import type { RowSettings } from './tune-settings.ts';

export async function readRows(
  path: string,
  { tokenizer, rows }: { readonly tokenizer: Tokenizer; readonly rows: RowSettings },
  context: CommandContext,
): Promise<EncodedDataset> {
  const { signal, output } = context;
  const { template, maxLength, format, columns } = rows;
  const dataset = await openDataset({ path: pathOf(context, path), format, columns, signal });
  const encoded = await encodeDataset(dataset, { tokenizer, template, maxLength, signal });
  const { report } = encoded;
  const detected = report.isFormatDetected ? 'detected format' : 'format';
  const lost = report.rows - report.kept;
  output.note(
    `${path}: ${detected} ${report.format}, ${grouped(report.kept)} rows, ${grouped(report.tokens)} tokens (${grouped(report.labelledTokens)} labelled), longest row ${report.longestRow}`,
  );
  if (report.cut > 0) output.note(`${path}: ${grouped(report.cut)} rows cut to ${maxLength} tokens`);
  if (lost > 0) {
    const reasons = Object.entries(report.dropped).map(([reason, count]) => `${count} ${reason}`);
    output.note(`${path}: ${grouped(lost)} rows dropped: ${reasons.join(', ')}`);
  }
  if (report.extraColumns.length > 0)
    output.note(`${path}: columns not used: ${report.extraColumns.join(', ')}`);
  return encoded;
}
