import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { createSeededBytes } from '../test-damage.ts';
import { collect, faultOf, fixture, withFile } from '../test-support.ts';
import { columnarSource } from './columnar-source.ts';
import type { ReadOptions } from './row-source.ts';

/** Less memory and patience than in use: what a damaged file does with them is the same. */
const limits = { heapMiB: 256, patienceMs: 5000 };

const valuesOf = async (path: string, options?: ReadOptions): Promise<unknown[]> =>
  (await collect((await columnarSource('arrow', path, { limits })).rows(options))).map((row) => ({
    ...row.values,
  }));

const alpaca = async (): Promise<unknown[]> =>
  (JSON.parse(await readFile(fixture('alpaca.json'), 'utf8')) as Record<string, unknown>[]).map((row) => ({
    ...row,
    rating: BigInt(row['rating'] as number),
  }));

test('files and streams give the rows that pyarrow wrote', async () => {
  const expected = await alpaca();
  for (const name of ['alpaca-file.arrow', 'alpaca-stream.arrow']) {
    assert.deepEqual(await valuesOf(fixture(name)), expected, name);
  }
});

test('rows are numbered over batches, and only the columns asked for are taken', async () => {
  const source = await columnarSource('arrow', fixture('alpaca-stream.arrow'));
  assert.deepEqual(source.columns, ['instruction', 'input', 'output', 'rating']);
  const rows = await collect(source.rows({ only: ['input'] }));
  assert.match(rows[9]?.place ?? '', /alpaca-stream\.arrow row 10$/);
  assert.deepEqual(rows[9]?.values, { input: null });
});

test('compressed batches are refused by name', async () => {
  const fault = await faultOf(() => valuesOf(fixture('alpaca-stream-zstd.arrow')));
  assert.equal(fault.code, 'DATASET_ARROW_COMPRESSED');
});

test('files that are none, or cut off, are called damaged', async () => {
  const stream = await readFile(fixture('alpaca-stream.arrow'));
  const file = await readFile(fixture('alpaca-file.arrow'));
  const cases = [
    Buffer.alloc(0),
    Buffer.from('ARROW1'),
    Buffer.from('no arrow at all, but long enough'),
    stream.subarray(0, 300),
    stream.subarray(0, 1500),
    file.subarray(0, 2000),
  ];
  for (const [index, bytes] of cases.entries()) {
    const fault = await faultOf(() =>
      withFile('rows.arrow', bytes, valuesOf).then((rows) => assert.fail(`${index}: ${rows.length} rows`)),
    );
    assert.equal(fault.code, 'DATASET_DAMAGED_FILE', String(index));
  }
});

test('damaged bytes give rows or an error of ours, never another', async () => {
  const random = createSeededBytes(5);
  for (const name of ['alpaca-stream.arrow', 'alpaca-file.arrow']) {
    const whole = await readFile(fixture(name));
    for (let turn = 0; turn < 5; turn++) {
      await withFile('rows.arrow', random.damage(whole), valuesOf).catch((error: unknown) => {
        assert.ok(isWeftError(error), String(error));
      });
    }
  }
});
