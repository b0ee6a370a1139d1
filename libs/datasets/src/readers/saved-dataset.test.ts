import assert from 'node:assert/strict';
import { cp, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, faultOf, fixture, withFolder } from '../test-support.ts';
import { savedDatasetSource } from './saved-dataset.ts';

const valuesOf = async (folder: string): Promise<unknown[]> =>
  (await collect((await savedDatasetSource(folder)).rows())).map((row) => ({ ...row.values }));

/** A copy of a fixture that a test may damage. */
const withCopy = (name: string, use: (folder: string) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    await cp(fixture(name), folder, { recursive: true });
    await use(folder);
  });

test('the rows of all files come in order and are numbered within their file', async () => {
  const expected = JSON.parse(await readFile(fixture('alpaca.json'), 'utf8')) as Record<string, unknown>[];
  const source = await savedDatasetSource(fixture('alpaca-saved'));
  assert.deepEqual(source.columns, ['instruction', 'input', 'output', 'rating']);
  const rows = await collect(source.rows());
  assert.deepEqual(
    rows.map((row) => row.values['output']),
    expected.map((row) => row['output']),
  );
  assert.match(rows[9]?.place ?? '', /data-00001-of-00002\.arrow row 5$/);
});

test('structs in lists and lists in structs are both kept as they are', async () => {
  const expected = JSON.parse(await readFile(fixture('messages.json'), 'utf8')) as unknown;
  assert.deepEqual(await valuesOf(fixture('messages-saved')), expected);
  const [first] = (await valuesOf(fixture('messages-columnwise-saved'))) as { messages: unknown }[];
  assert.deepEqual(first?.messages, {
    role: ['user', 'assistant'],
    content: ['Question 0?', 'Answer 0 – ja.'],
  });
});

test('a folder of splits names them', async () => {
  const fault = await faultOf(() => savedDatasetSource(fixture('splits-saved')));
  assert.equal(fault.code, 'DATASET_HAS_SPLITS');
  assert.match(fault.message, /train, test/);
  assert.match(fault.remedy ?? '', /splits-saved\/train/);
});

test('a cut-off file is found, also when it is cut between two batches', async () => {
  await withCopy('alpaca-saved', async (folder) => {
    const path = join(folder, 'data-00001-of-00002.arrow');
    const { length } = await readFile(path);
    for (const lost of [8, 200]) {
      await truncate(path, length - lost);
      const fault = await faultOf(() => valuesOf(folder));
      assert.equal(fault.code, 'DATASET_DAMAGED_FILE');
      assert.match(fault.message, /data-00001-of-00002\.arrow .*cut off/);
    }
  });
});

test('a folder that is none, and a state that is damaged or leads elsewhere, are refused', async () => {
  await withFolder(async (folder) => {
    assert.match((await faultOf(() => savedDatasetSource(folder))).message, /without a state\.json/);
    const states: readonly (readonly [state: string, message: RegExp])[] = [
      ['no json', /is no JSON object/],
      ['[]', /is no JSON object/],
      ['{}', /no list _data_files/],
      ['{"_data_files": [{}]}', /bad file name/],
      ['{"_data_files": [{"filename": "../secret.arrow"}]}', /bad file name/],
      ['{"_data_files": [{"filename": "/etc/passwd"}]}', /bad file name/],
      ['{"_data_files": [{"filename": ".."}]}', /bad file name/],
      ['{"_data_files": [], "_indices_data_files": [{"filename": "i.arrow"}]}', /index file/],
      ['{"_data_files": [{"filename": "gone.arrow"}]}', /no file or folder .*gone\.arrow/],
    ];
    for (const [state, message] of states) {
      await writeFile(join(folder, 'state.json'), state);
      assert.match((await faultOf(() => savedDatasetSource(folder))).message, message, state);
    }
  });
});
