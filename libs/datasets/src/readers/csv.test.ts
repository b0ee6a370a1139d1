import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { collect, faultOf, withFile } from '../test-support.ts';
import { csvSource } from './csv.ts';
import type { RawRow } from './row-source.ts';

const rowsOf = (content: string, delimiter: ',' | '\t' = ','): Promise<RawRow[]> =>
  withFile('rows.csv', content, async (path) => collect((await csvSource(path, { delimiter })).rows()));

const valuesOf = async (content: string, delimiter: ',' | '\t' = ','): Promise<unknown[]> =>
  (await rowsOf(content, delimiter)).map((row) => ({ ...row.values }));

test('header, quotes, line breaks in fields, CRLF, a byte-order mark and blank lines', async () => {
  const text = '\uFEFFa,b\r\n1,"x, ""y"""\r\n\r\n"two\nlines",\r\n';
  const rows = await rowsOf(text);
  assert.deepEqual(
    rows.map((row) => row.values),
    [
      { a: '1', b: 'x, "y"' },
      { a: 'two\nlines', b: '' },
    ],
  );
  assert.deepEqual(
    rows.map((row) => row.place.replace(/.*:/, '')),
    ['2', '4'],
  );
});

test('tabs, a nameless first column and a header alone', async () => {
  assert.deepEqual(await valuesOf('a\tb\n1,\t2\n', '\t'), [{ a: '1,', b: '2' }]);
  assert.deepEqual(await valuesOf(',text\n0,hi\n'), [{ 'column 1': '0', text: 'hi' }]);
  assert.deepEqual(await valuesOf('a,b\n'), []);
});

test('what was written is read', async () => {
  const write = (field: string): string => `"${field.replaceAll('"', '""')}"`;
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '🦀', '') });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(field, field)), fc.constantFrom('\n', '\r\n'), async (rows, end) => {
      const text = `x,y${end}${rows.map(([x, y]) => `${write(x)},${write(y)}${end}`).join('')}`;
      assert.deepEqual(
        await valuesOf(text),
        rows.map(([x, y]) => ({ x, y })),
      );
    }),
    { numRuns: 60 },
  );
});

test('malformed rows are named with file and line', async () => {
  const cases: readonly (readonly [content: string, place: RegExp])[] = [
    ['a,b\n1,2\n3\n', /rows\.csv:3/],
    ['a,b\n1,2,3\n', /rows\.csv:2/],
    ['a,b\n1,"open\n2,3\n', /rows\.csv:\d/],
    ['a,b\n1,x"y"\n', /rows\.csv:2/],
    ['a,b\n1,"x"y\n', /rows\.csv:2/],
    ['a,a\n1,2\n', /rows\.csv:1/],
  ];
  for (const [content, place] of cases) {
    const fault = await faultOf(() => rowsOf(content));
    assert.equal(fault.code, 'DATASET_BAD_CSV', content);
    assert.match(fault.field ?? '', place, content);
  }
});

test('leaving a loop early closes the file', async () => {
  const text = `a\n${'value\n'.repeat(200_000)}`;
  await withFile('rows.csv', text, async (path) => {
    const source = await csvSource(path, { delimiter: ',' });
    for await (const row of source.rows()) {
      assert.equal(row.values['a'], 'value');
      break;
    }
    const controller = new AbortController();
    await assert.rejects(
      async () => {
        for await (const _ of source.rows({ signal: controller.signal })) controller.abort();
      },
      { name: 'AbortError' },
    );
  });
});
