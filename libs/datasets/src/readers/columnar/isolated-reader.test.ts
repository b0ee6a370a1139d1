import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf, fixture } from '../../test-support.ts';
import { IsolatedReader } from './isolated-reader.ts';

const task = { kind: 'parquet', path: fixture('alpaca-none.parquet'), only: null } as const;

test('answers come one for each request: columns, rows, end', async () => {
  await using reader = new IsolatedReader(task);
  assert.deepEqual(await reader.next(), {
    type: 'columns',
    columns: ['instruction', 'input', 'output', 'rating'],
  });
  const answer = await reader.next();
  assert.equal(answer.type === 'rows' ? answer.rows.length : 0, 10);
  assert.deepEqual(await reader.next(), { type: 'end' });
  assert.deepEqual(await reader.next(), { type: 'end' });
});

test('a decoder that does not answer in time is given up', async () => {
  await using reader = new IsolatedReader(task, { heapMiB: 256, patienceMs: 1 });
  const fault = await faultOf(() => reader.next());
  assert.equal(fault.code, 'DATASET_DAMAGED_FILE');
  assert.match(fault.message, /no rows within 1 ms/);
});

test('an abort does not wait for the answer', async () => {
  await using reader = new IsolatedReader(task);
  const controller = new AbortController();
  const asked = reader.next(controller.signal);
  controller.abort();
  await assert.rejects(asked, { name: 'AbortError' });
});

test('an error of ours keeps its fields between threads', async () => {
  await using reader = new IsolatedReader({ ...task, path: '/no/such/file.parquet' });
  const fault = await faultOf(() => reader.next());
  assert.equal(fault.code, 'DATASET_NOT_FOUND');
  assert.equal(fault.field, '/no/such/file.parquet');
});
