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
  (await collect((await columnarSource('parquet', path, { limits })).rows(options))).map((row) => ({
    ...row.values,
  }));

const golden = async (name: string): Promise<unknown[]> =>
  JSON.parse(await readFile(fixture(name), 'utf8')) as unknown[];

const alpaca = async (): Promise<unknown[]> =>
  (await golden('alpaca.json')).map((row) => {
    const values = row as Record<string, unknown>;
    return { ...values, rating: BigInt(values['rating'] as number) };
  });

test('every codec, page version and string width gives the rows that pyarrow wrote', async () => {
  const expected = await alpaca();
  for (const name of ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4', 'pages-v2', 'large-string']) {
    assert.deepEqual(await valuesOf(fixture(`alpaca-${name}.parquet`)), expected, name);
  }
});

test('lists of structs become arrays of objects', async () => {
  assert.deepEqual(await valuesOf(fixture('messages.parquet')), await golden('messages.json'));
});

test('rows are numbered over row groups, and only the columns asked for are read', async () => {
  const source = await columnarSource('parquet', fixture('alpaca-none.parquet'));
  assert.deepEqual(source.columns, ['instruction', 'input', 'output', 'rating']);
  const rows = await collect(source.rows({ only: ['output', 'not there'] }));
  assert.equal(rows.length, 10);
  assert.match(rows[9]?.place ?? '', /alpaca-none\.parquet row 10$/);
  assert.deepEqual(rows.at(-1)?.values, { output: 'The end.' });
});

test('a file without rows has columns and no rows', async () => {
  const source = await columnarSource('parquet', fixture('alpaca-no-rows.parquet'));
  assert.deepEqual(source.columns, ['instruction', 'input', 'output', 'rating']);
  assert.deepEqual(await collect(source.rows()), []);
});

test('files that are none, or cut off, are called damaged', async () => {
  const whole = await readFile(fixture('alpaca-snappy.parquet'));
  const cases = [
    Buffer.alloc(0),
    Buffer.from('PAR1'),
    Buffer.from('PAR1PAR1PAR1'),
    whole.subarray(0, 900),
    whole.subarray(500),
  ];
  for (const bytes of cases) {
    const fault = await faultOf(() => withFile('rows.parquet', bytes, valuesOf));
    assert.equal(fault.code, 'DATASET_DAMAGED_FILE');
    assert.match(fault.message, /rows\.parquet cannot be read as Parquet/);
  }
});

test('a footer that claims to be huge is refused before it is read', async () => {
  const bytes = Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(70_000_000), Buffer.from('....PAR1')]);
  bytes.writeUInt32LE(69_000_000, bytes.length - 8);
  assert.equal(
    (await faultOf(() => withFile('rows.parquet', bytes, valuesOf))).code,
    'DATASET_PARQUET_TOO_LARGE',
  );
});

test('damaged bytes give rows or an error of ours, never another', async () => {
  const whole = await readFile(fixture('alpaca-snappy.parquet'));
  const random = createSeededBytes(11);
  for (let turn = 0; turn < 8; turn++) {
    const bytes = random.damage(whole, turn % 2 === 0 ? whole.length - 900 : 0);
    await withFile('rows.parquet', bytes, valuesOf).catch((error: unknown) => {
      assert.ok(isWeftError(error), String(error));
    });
  }
});
