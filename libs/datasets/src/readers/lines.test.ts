import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { collect, faultOf, withFile } from '../test-support.ts';
import { readLines } from './lines.ts';

const linesOf = (content: string | Uint8Array, maxLineBytes?: number): Promise<string[]> =>
  withFile('file', content, async (path) =>
    (await collect(readLines(path, { maxLineBytes }))).map((line) => line.text),
  );

test('lines come without their feed, carriage returns are kept, the byte-order mark is dropped once', async () => {
  assert.deepEqual(await linesOf('\uFEFFa\r\n\n\uFEFFb\nlast'), ['a\r', '', '\uFEFFb', 'last']);
  assert.deepEqual(await linesOf(''), []);
  assert.deepEqual(await linesOf('one\n'), ['one']);
  assert.deepEqual(await linesOf('\n\n'), ['', '']);
});

test('lines across chunks of the file are whole, multi-byte characters too', async () => {
  const long = 'ä€🦀'.repeat(60_000);
  assert.deepEqual(await linesOf(`${long}\nx\n${long}`), [long, 'x', long]);
});

test('joined lines are the file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), async (parts) => {
      const content = parts.join('\n');
      const lines = await linesOf(content);
      assert.equal(lines.join('\n') + (content.endsWith('\n') ? '\n' : ''), content.replace(/^\uFEFF/, ''));
    }),
    { numRuns: 30 },
  );
});

test('an invalid byte is reported with its line', async () => {
  const fault = await faultOf(() => linesOf(Buffer.from('good\nb\xe4d\n', 'latin1')));
  assert.equal(fault.code, 'DATASET_BAD_ENCODING');
  assert.match(fault.field ?? '', /file:2$/);
});

test('a line over the limit is refused, with or without its feed', async () => {
  assert.deepEqual(await linesOf('12345\n', 5), ['12345']);
  for (const content of ['ok\n123456\n', `ok\n${'1'.repeat(600_000)}`]) {
    const fault = await faultOf(() => linesOf(content, 5));
    assert.equal(fault.code, 'DATASET_ROW_TOO_LONG');
    assert.match(fault.field ?? '', /file:2$/);
  }
});

test('a missing file and a folder are told apart', async () => {
  assert.equal((await faultOf(() => collect(readLines('/no/such/file')))).code, 'DATASET_NOT_FOUND');
  assert.equal((await faultOf(() => collect(readLines('/tmp')))).code, 'DATASET_IS_FOLDER');
});

test('an abort ends the reading', async () => {
  const controller = new AbortController();
  controller.abort();
  await withFile('file', 'a\n', (path) =>
    assert.rejects(() => collect(readLines(path, { signal: controller.signal })), { name: 'AbortError' }),
  );
});
