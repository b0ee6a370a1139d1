import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { collect, faultOf, withFile } from '../test-support.ts';
import { jsonlSource } from './jsonl.ts';
import type { RawRow } from './row-source.ts';

const rowsOf = (content: string): Promise<RawRow[]> =>
  withFile('rows.jsonl', content, (path) => collect(jsonlSource(path).rows()));

test('rows keep the numbers of their lines over blank lines and CRLF', async () => {
  const rows = await rowsOf('\uFEFF{"a":1}\r\n\r\n   \n{"a":"ü"}');
  assert.deepEqual(
    rows.map((row) => row.values),
    [{ a: 1 }, { a: 'ü' }],
  );
  assert.match(rows[1]?.place ?? '', /rows\.jsonl:4$/);
});

test('what was written is read', async () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.dictionary(fc.string(), value)), fc.boolean(), async (rows, isWindows) => {
      const text = rows.map((row) => JSON.stringify(row) + (isWindows ? '\r\n' : '\n')).join('');
      const read = (await rowsOf(text)).map((row) => JSON.stringify(row.values));
      assert.deepEqual(
        read,
        rows.map((row) => JSON.stringify(row)),
      );
    }),
    { numRuns: 40 },
  );
});

test('what is no JSON object is named with file and line', async () => {
  const cases: readonly (readonly [content: string, code: string, message: RegExp])[] = [
    ['{"a":1}\n{"a":\n', 'DATASET_BAD_JSON', /rows\.jsonl:2 is not valid JSON/],
    ['{"a":1}\n{"a": "cut o', 'DATASET_BAD_JSON', /rows\.jsonl:2/],
    ['{"a":1}\n[1]\n', 'DATASET_ROW_NO_OBJECT', /rows\.jsonl:2 is an array/],
    ['null\n', 'DATASET_ROW_NO_OBJECT', /rows\.jsonl:1 is null/],
    ['"text"\n', 'DATASET_ROW_NO_OBJECT', /is a string/],
    ["{'a': 1}\n", 'DATASET_BAD_JSON', /rows\.jsonl:1/],
    ['{"a": NaN}\n', 'DATASET_BAD_JSON', /rows\.jsonl:1/],
  ];
  for (const [content, code, message] of cases) {
    const fault = await faultOf(() => rowsOf(content));
    assert.equal(fault.code, code);
    assert.match(fault.message, message);
    assert.ok(fault.message.length < 400);
  }
});

test('a cut-off last line is called that', async () => {
  assert.match((await faultOf(() => rowsOf('{"a": "cut o'))).remedy ?? '', /cut off/);
});
