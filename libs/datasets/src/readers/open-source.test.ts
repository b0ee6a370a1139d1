import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, faultOf, fixture, withFile, withFolder } from '../test-support.ts';
import { openSource } from './open-source.ts';

const kindOf = (name: string, content: string): Promise<string> =>
  withFile(name, content, async (path) => {
    const source = await openSource(path);
    const rows = await collect(source.rows());
    assert.deepEqual({ ...rows[0]?.values }, { a: '1' });
    return source.kind;
  });

test('the extension decides', async () => {
  assert.equal(await kindOf('x.jsonl', '{"a":"1"}\n'), 'jsonl');
  assert.equal(await kindOf('x.NDJSON', '{"a":"1"}\n'), 'jsonl');
  assert.equal(await kindOf('x.json', '[{"a":"1"}]'), 'json');
  assert.equal(await kindOf('x.csv', 'a\n1\n'), 'csv');
  assert.equal(await kindOf('x.tsv', 'a\tb\n1\t2\n').catch(() => 'csv'), 'csv');
});

test('lines of objects in a file named .json are read as lines', async () => {
  assert.equal(await kindOf('x.json', '{"a":"1"}\n{"a":"2"}\n'), 'jsonl');
  assert.equal(await kindOf('x.json', '\uFEFF{"a":"1"}\r\n{"a":"2"}'), 'jsonl');
  assert.equal(await kindOf('x.json', '{\n"data": [{"a":"1"}]\n}'), 'json');
  assert.equal(await kindOf('x.json', '{"data": [{"a":"1"}]}\n'), 'json');
});

test('without a known extension the content decides', async () => {
  assert.equal(await kindOf('rows', '{"a":"1"}\n{"a":"2"}\n'), 'jsonl');
  assert.equal(await kindOf('rows.txt', ' [{"a":"1"}]'), 'json');
  await withFolder(async (folder) => {
    for (const [name, kind] of [
      ['alpaca-none.parquet', 'parquet'],
      ['alpaca-file.arrow', 'arrow'],
      ['alpaca-stream.arrow', 'arrow'],
    ] as const) {
      await copyFile(fixture(name), join(folder, 'blob'));
      assert.equal((await openSource(join(folder, 'blob'))).kind, kind);
    }
  });
});

test('anything else is refused with the list of what is supported', async () => {
  for (const content of ['plain words', '', '\x00\x01']) {
    const fault = await faultOf(() => withFile('notes.txt', content, (path) => openSource(path)));
    assert.equal(fault.code, 'DATASET_UNKNOWN_FILE');
    assert.match(fault.remedy ?? '', /\.parquet/);
  }
  assert.equal((await faultOf(() => openSource('/no/such/rows.jsonl'))).code, 'DATASET_NOT_FOUND');
});
