import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { readIntegers, readTensor } from './read-tensor.ts';
import { readSafetensorsHeader } from './safetensors/safetensors-header.ts';
import { type TensorEntry, transposeEntry, type WeightEntry } from './tensor-entry.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const { signal } = new AbortController();
const path = join(temporaryFolder(), 'values');
await writeFile(path, new Uint8Array(Float32Array.from({ length: 24 }, (_, i) => i).buffer));

const entry: WeightEntry = {
  name: 'x',
  path,
  dtype: 'F32',
  shape: [12, 2],
  offsetBytes: 0,
  sizeBytes: 96,
  transposed: false,
  unpermuteHeads: 0,
};

test('interleaved heads come back in order', async () => {
  const values = await readTensor({ ...entry, unpermuteHeads: 2 }, signal);
  const rows = Array.from({ length: 12 }, (_, row) => (values[2 * row] ?? -1) / 2);
  assert.deepEqual(rows, [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
  const vector = await readTensor({ ...entry, shape: [24], unpermuteHeads: 6 }, signal);
  assert.deepEqual([...vector.subarray(0, 4)], [0, 2, 1, 3]);
});

test('a transposed entry is read in its own shape', async () => {
  const transposed = transposeEntry(entry);
  assert.deepEqual(transposed.shape, [2, 12]);
  const values = await readTensor(transposed, signal);
  assert.deepEqual([...values.subarray(0, 3), ...values.subarray(12, 15)], [0, 2, 4, 1, 3, 5]);
  assert.deepEqual(await readTensor(transposeEntry(transposed), signal), await readTensor(entry, signal));
});

test('integers are read as such, and other types refused by name', async () => {
  const golden = new URL('../../fixtures/llama/golden.safetensors', import.meta.url).pathname;
  const { tensors } = await readSafetensorsHeader(golden, signal);
  const ids = [...tensors.values()].find(({ dtype }) => dtype === 'I32');
  assert.ok(ids !== undefined);
  const values = await readIntegers(ids, signal);
  assert.equal(values.length, ids.sizeBytes / 4);
  assert.ok(values.every((id) => id >= 0 && id < 288));
  const refused = (reading: Promise<unknown>, code: string, message: RegExp) =>
    assert.rejects(
      reading,
      (error) => isWeftError(error) && error.code === code && message.test(error.message),
    );
  await refused(readIntegers(entry, signal), 'TENSOR_NOT_INTEGER', /x is F32; I32 is needed/);
  await refused(readTensor(ids, signal), 'TENSOR_NOT_FLOAT', /is I32; F32, F16 or BF16 is needed/);
  const huge: TensorEntry = { ...entry, sizeBytes: 2 ** 40 };
  await refused(readTensor(huge, signal), 'TENSOR_TOO_LARGE', /more than/);
});
