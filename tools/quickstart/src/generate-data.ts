/**
 * Writes data/train.jsonl and data/test.jsonl: `node tools/quickstart/src/generate-data.ts`.
 */
import { writeFileSync } from 'node:fs';
import { buildRows, type CommandRow } from './build-rows.ts';

export const dataSeed = 7;

export const toJsonLines = (rows: readonly CommandRow[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

if (import.meta.main) {
  const { train, test } = buildRows(dataSeed);
  writeFileSync(new URL('../data/train.jsonl', import.meta.url), toJsonLines(train));
  writeFileSync(new URL('../data/test.jsonl', import.meta.url), toJsonLines(test));
  process.stderr.write(`${train.length} training rows, ${test.length} held-out rows\n`);
}
