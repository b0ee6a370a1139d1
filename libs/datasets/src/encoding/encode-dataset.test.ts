import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDataset } from '../dataset.ts';
import { faultOf, withFile } from '../test-support.ts';
import { charTokenizer, textOf } from '../test-tokenizer.ts';
import { type EncodeDatasetOptions, type EncodedDataset, encodeDataset } from './encode-dataset.ts';
import { unlabelled } from './pieces.ts';

const encode = (content: string, options: Partial<EncodeDatasetOptions> = {}): Promise<EncodedDataset> =>
  withFile('rows.jsonl', content, async (path) =>
    encodeDataset(await openDataset({ path }), {
      tokenizer: charTokenizer(),
      template: 'human-assistant',
      maxLength: 30,
      ...options,
    }),
  );

const line = (instruction: string, output: string): string =>
  `${JSON.stringify({ instruction, output, id: 1 })}\n`;

test('rows are packed, counted, cut and dropped', async () => {
  const { rows, report } = await encode(
    line('q', 'a') + line('too long a question to leave room', 'a') + line('q', 'a long answer indeed'),
  );
  assert.equal(rows.rowCount, 2);
  assert.deepEqual([...rows.sourceIndices], [0, 2]);
  assert.equal(textOf(rows.row(0).ids), 'Human: q\n\nAssistant: a</s>');
  assert.equal(textOf(rows.row(0).labels.filter((label) => label !== unlabelled)), 'a</s>');
  assert.equal(textOf(rows.row(1).ids), 'Human: q\n\nAssistant: a long an');
  assert.deepEqual([...rows.starts], [0, 23, 53]);
  assert.equal(rows.ids.length, 53);
  assert.throws(() => rows.row(2), RangeError);
  const { path, ...rest } = report;
  assert.match(path, /rows\.jsonl$/);
  assert.deepEqual(rest, {
    format: 'alpaca',
    isFormatDetected: true,
    rows: 3,
    kept: 2,
    dropped: { 'prompt-fills-max-length': 1 },
    cut: 1,
    extraColumns: ['id'],
    tokens: 53,
    labelledTokens: 11,
    longestRow: 30,
  });
});

test('many rows survive the growth of the storage', async () => {
  const count = 1500;
  const { rows } = await encode(
    Array.from({ length: count }, (_, index) => line(`${index}`, `${index * 7}`)).join(''),
  );
  assert.equal(rows.rowCount, count);
  for (const index of [0, 1, 777, count - 1]) {
    assert.equal(textOf(rows.row(index).ids), `Human: ${index}\n\nAssistant: ${index * 7}</s>`);
  }
});

test('the digest follows ids, labels and row borders, and nothing else', async () => {
  const digestOf = async (content: string, options: Partial<EncodeDatasetOptions> = {}): Promise<string> =>
    (await encode(content, options)).rows.digest;
  const base = await digestOf(line('q', 'a'));
  assert.match(base, /^[0-9a-f]{64}$/);
  assert.equal(await digestOf(`\n${JSON.stringify({ output: 'a', instruction: 'q' })}`), base);
  assert.notEqual(await digestOf(line('q', 'b')), base);
  assert.notEqual(await digestOf(line('q', 'a') + line('q', 'a')), base);
  assert.notEqual(await digestOf(line('q', 'a'), { template: 'none' }), base);
  const text = (value: string): string => `${JSON.stringify({ text: value })}\n`;
  assert.notEqual(await digestOf(text('ab') + text('cd')), await digestOf(text('abc') + text('d')));
});

test('a data set in which nothing is left to learn is refused with the reasons', async () => {
  const fault = await faultOf(() =>
    encode(line('a question that is long', 'a') + line('another one like that', 'b')),
  );
  assert.equal(fault.code, 'DATASET_NOTHING_TO_LEARN');
  assert.match(fault.message, /2 × the prompt alone fills the maximum length/);
  assert.match(fault.remedy ?? '', /30 tokens/);
});

test('an abort ends the work', async () => {
  await assert.rejects(() => encode(line('q', 'a'), { signal: AbortSignal.abort() }), { name: 'AbortError' });
});
