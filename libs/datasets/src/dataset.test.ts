import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDataset } from './dataset.ts';
import { collect, faultOf, fixture, withFile } from './test-support.ts';

test('rows come with index and place, as often as they are asked for', async () => {
  await withFile('rows.jsonl', '{"text":"a"}\n\n{"text":"b","x":1}\n', async (path) => {
    const dataset = await openDataset({ path });
    assert.equal(dataset.format, 'text');
    assert.equal(dataset.isFormatDetected, true);
    for (let turn = 0; turn < 2; turn++) {
      assert.deepEqual(await collect(dataset.rows()), [
        { index: 0, place: `${path}:1`, content: { kind: 'text', text: 'a' } },
        { index: 1, place: `${path}:3`, content: { kind: 'text', text: 'b' } },
      ]);
    }
    assert.deepEqual(dataset.extraColumns(), ['x']);
  });
});

test('every kind of file gives the same rows', async () => {
  const golden = await openDataset({ path: fixture('alpaca.json') });
  const expected = (await collect(golden.rows())).map((row) => row.content);
  assert.equal(expected.length, 10);
  for (const name of ['alpaca-snappy.parquet', 'alpaca-saved', 'alpaca-file.arrow']) {
    const dataset = await openDataset({ path: fixture(name) });
    assert.deepEqual(dataset.extraColumns(), ['rating']);
    assert.deepEqual(
      (await collect(dataset.rows())).map((row) => row.content),
      expected,
      name,
    );
  }
});

test('a record of lists is a conversation like a list of records', async () => {
  const [rows, columns] = await Promise.all(
    ['messages-saved', 'messages-columnwise-saved'].map(async (name) => {
      const dataset = await openDataset({ path: fixture(name) });
      assert.equal(dataset.format, 'messages');
      return (await collect(dataset.rows())).map((row) => row.content);
    }),
  );
  assert.deepEqual(columns, rows);
});

test('a format may be forced, and columns mapped', async () => {
  await withFile('rows.csv', 'prompt,completion,text,q\np,c,t,7\n', async (path) => {
    const contentOf = async (options: Omit<Parameters<typeof openDataset>[0], 'path'>): Promise<unknown> =>
      (await collect((await openDataset({ path, ...options })).rows()))[0]?.content;
    assert.deepEqual(await contentOf({}), { kind: 'prompt-completion', prompt: 'p', completion: 'c' });
    assert.deepEqual(await contentOf({ format: 'text' }), { kind: 'text', text: 't' });
    assert.deepEqual(await contentOf({ columns: { instruction: 'q', output: 'text' } }), {
      kind: 'alpaca',
      instruction: '7',
      input: '',
      output: 't',
    });
    const fault = await faultOf(() => openDataset({ path, format: 'alpaca' }));
    assert.match(fault.message, /rows\.csv has no column "instruction"/);
  });
});

test('a header without rows, and an empty file, hold no rows', async () => {
  for (const [name, content] of [
    ['rows.csv', 'text\n'],
    ['rows.csv', ''],
    ['rows.jsonl', '\n\n'],
    ['rows.json', '[]'],
  ] as const) {
    const fault = await faultOf(() =>
      withFile(name, content, async (path) => collect((await openDataset({ path })).rows())),
    );
    assert.equal(fault.code, 'DATASET_NO_ROWS', `${name} ${content}`);
  }
});

test('a later row of another shape is named', async () => {
  await withFile('rows.jsonl', '{"text":"a"}\n{"txt":"b"}\n', async (path) => {
    const dataset = await openDataset({ path });
    const fault = await faultOf(() => collect(dataset.rows()));
    assert.equal(fault.field, `${path}:2`);
    assert.match(fault.message, /no column "text"/);
  });
});
