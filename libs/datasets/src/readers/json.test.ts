import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { collect, faultOf, withFile } from '../test-support.ts';
import { jsonSource } from './json.ts';
import { JsonElementSplitter } from './json-elements.ts';
import type { RawRow } from './row-source.ts';

const rowsOf = (content: string | Uint8Array): Promise<RawRow[]> =>
  withFile('rows.json', content, (path) => collect(jsonSource(path).rows()));

const valuesOf = async (content: string): Promise<unknown[]> =>
  (await rowsOf(content)).map((row) => row.values);

test('an array, an array under "data" and their neighbours are read', async () => {
  const rows = [{ a: 1 }, { a: { b: [1, '],{'] } }, { 'q"': '\\' }];
  assert.deepEqual(await valuesOf(JSON.stringify(rows)), rows);
  assert.deepEqual(await valuesOf(`\uFEFF \n${JSON.stringify(rows, null, 2)}\r\n`), rows);
  assert.deepEqual(await valuesOf(JSON.stringify({ data: rows })), rows);
  const around = {
    version: '1',
    meta: { data: [{ not: 'this' }] },
    data: rows,
    list: [{ nor: 'that' }],
    more: 2,
  };
  assert.deepEqual(await valuesOf(JSON.stringify(around)), rows);
  assert.deepEqual(await valuesOf('[]'), []);
  assert.deepEqual(await valuesOf(' [ ] '), []);
});

test('rows know the line on which they begin', async () => {
  const places = (await rowsOf('[\n{"a":\n1},\n\n  {"a":2}, {"a":3}]')).map((row) =>
    row.place.replace(/.*:/, ''),
  );
  assert.deepEqual(places, ['2', '5', '5']);
});

test('however the bytes are cut, the elements are those of JSON.parse', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue()),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      fc.boolean(),
      fc.nat(2),
      (rows, sizes, isWrapped, indent) => {
        const bytes = Buffer.from(
          JSON.stringify(isWrapped ? { x: 'data', data: rows, y: [] } : rows, null, indent),
        );
        const splitter = new JsonElementSplitter('f');
        const found: unknown[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          // One buffer for all chunks, as the reader has it: what is kept must have been copied.
          const shared = Buffer.from(bytes.subarray(at, at + size));
          for (const element of splitter.push(shared)) found.push(JSON.parse(element.text));
          shared.fill(0x78);
          at += size;
        }
        splitter.finish();
        assert.deepEqual(found, JSON.parse(JSON.stringify(rows)));
      },
    ),
    { numRuns: 300 },
  );
});

test('documents that are no array of rows are refused with their line', async () => {
  const cases: readonly (readonly [content: string, message: RegExp])[] = [
    ['', /holds no JSON value/],
    ['\n\n', /holds no JSON value/],
    ['"text"', /rows\.json:1 is neither/],
    ['12', /is neither/],
    ['{"rows": [{"a":1}]}', /is an object without an array "data"/],
    ['{"data": {"a":1}}', /without an array/],
    ['{"x": {"data": [1]}}', /without an array/],
    ['[{"a":1}', /:1 ends in the middle/],
    ['[{"a":1},\n{"a":"', /:2 ends in the middle/],
    ['{"data":[{"a":1}]', /ends in the middle/],
    ['[{"a":1},]', /comma where a row should stand/],
    ['[,{"a":1}]', /comma where a row should stand/],
    ['[{"a":1},,{"a":1}]', /comma where a row/],
    ['[{"a":1}]\n[]', /:2 goes on after/],
    ['[{"a":1} {"a":2}]', /:1 is not valid JSON/],
    ['[{"a":1}}]', /:1 has a } where/],
    ['[{"a":1}}', /:1 has a } where/],
    ['[\n1]', /:2 is a number, but/],
    ['[null]', /is null, but/],
    ['[{"a":1},\n\n {"a":tru}]', /:3 is not valid JSON/],
  ];
  for (const [content, message] of cases) {
    const fault = await faultOf(() => rowsOf(content));
    assert.match(fault.message, message, content);
  }
});

test('invalid UTF-8 is found inside its row', async () => {
  const fault = await faultOf(() => rowsOf(Buffer.from('[{"a":1},\n{"a":"\xff"}]', 'latin1')));
  assert.equal(fault.code, 'DATASET_BAD_ENCODING');
  assert.match(fault.field ?? '', /:2$/);
});

test('an endless row is refused before it is held', () => {
  const splitter = new JsonElementSplitter('f', 1000);
  assert.throws(() => {
    Array.from(splitter.push(Buffer.from('[{"a":"')));
    for (let turn = 0; turn < 20; turn++) Array.from(splitter.push(Buffer.alloc(100, 'x')));
  }, /longer than 1000 bytes/);
});
