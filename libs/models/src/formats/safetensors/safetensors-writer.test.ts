import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { readTensor } from '../read-tensor.ts';
import type { FloatDType } from '../tensor-entry.ts';
import { readSafetensorsHeader } from './safetensors-header.ts';
import { readSafetensorsIndex } from './safetensors-index.ts';
import { type TensorToWrite, writeSafetensors } from './safetensors-writer.ts';
import { writeModelWeights } from './sharded-writer.ts';

const { signal } = new AbortController();
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-'));
});
after(() => rm(folder, { recursive: true }));

/** The values of tools/oracle/formats/make_safetensors_fixtures.py. */
function tensor(name: string, dtype: FloatDType, shape: readonly number[], scale = 1): TensorToWrite {
  const count = shape.reduce((product, size) => product * size, 1);
  const integers = Float32Array.from({ length: count }, (_, i) => ((i * 37) % 101) - 50);
  return { name, dtype, shape, data: integers.map((value) => value * Math.fround(scale)) };
}

const tensors = [
  tensor('ä.weight', 'F32', [1]),
  tensor('a.bias', 'F16', [2, 2, 2], 1e-6),
  tensor('a.alpha', 'BF16', [3], 1e30),
  tensor('a.weight', 'BF16', [2, 5], 0.013),
  tensor('Z"quoted"', 'F16', [7], 0.003),
  tensor('b.weight', 'F32', [3, 4], 0.1),
  tensor('scalar', 'F32', []),
  tensor('empty', 'F32', [0, 4]),
];

test('a file equals the Python library’s, byte for byte, whatever the order given', async () => {
  const expected = await readFile(new URL('fixtures/python.safetensors', import.meta.url));
  for (const given of [tensors, tensors.toReversed()]) {
    const path = join(folder, 'same.safetensors');
    await writeSafetensors(path, given, { signal });
    assert.deepEqual(await readFile(path), expected);
  }
});

test('values come back as written, rounded to the type', async () => {
  const path = join(folder, 'values.safetensors');
  await writeSafetensors(path, tensors, { signal, metadata: { format: 'pt', note: 'ü' } });
  const header = await readSafetensorsHeader(path, signal);
  assert.equal(header.metadata.get('note'), 'ü');
  const relativeError = { F32: 0, BF16: 2 ** -8, F16: 2 ** -11 };
  for (const { name, dtype, data } of tensors) {
    const entry = header.tensors.get(name);
    assert.ok(entry !== undefined && data instanceof Float32Array);
    const values = await readTensor(entry, signal);
    assert.equal(values.length, data.length);
    values.forEach((value, i) => {
      const exact = data[i] ?? Number.NaN;
      assert.ok(
        Math.abs(value - exact) <= Math.abs(exact) * relativeError[dtype] + 2 ** -25,
        `${name}[${i}]`,
      );
    });
  }
});

test('a producer is asked for its values in pieces, and pieces of any length make the same file', async () => {
  const whole = tensors.find(({ name }) => name === 'b.weight');
  assert.ok(whole?.data instanceof Float32Array);
  const { data } = whole;
  const pieces = {
    ...whole,
    data: function* () {
      for (let i = 0; i < data.length; i += 5) yield data.subarray(i, i + 5);
    },
  };
  await writeSafetensors(join(folder, 'whole'), [whole], { signal });
  await writeSafetensors(join(folder, 'pieces'), [pieces], { signal });
  assert.deepEqual(await readFile(join(folder, 'pieces')), await readFile(join(folder, 'whole')));
});

test('a large tensor passes the buffer unharmed', async () => {
  const large = tensor('large', 'F32', [3, 100_003]);
  const path = join(folder, 'large.safetensors');
  await writeSafetensors(path, [tensor('small', 'F32', [3]), large], { signal });
  const entry = (await readSafetensorsHeader(path, signal)).tensors.get('large');
  assert.ok(entry !== undefined);
  assert.deepEqual(await readTensor(entry, signal), large.data);
});

test('rounding goes to the nearest, ties to even, and keeps NaN', async () => {
  const bits = Uint32Array.of(0x3f808000, 0x3f818000, 0x3f808001, 0x7f7fffff, 0x7f800001, 0xff800000);
  const data = new Float32Array(bits.buffer);
  const path = join(folder, 'ties.safetensors');
  await writeSafetensors(path, [{ name: 'x', dtype: 'BF16', shape: [6], data }], { signal });
  const file = await readFile(path);
  const halves = Array.from({ length: 6 }, (_, i) => file.readUInt16LE(file.length - 12 + 2 * i));
  assert.deepEqual(halves, [0x3f80, 0x3f82, 0x3f81, 0x7f80, 0x7fc0, 0xff80]);
});

test('a failure leaves the old file as it was and nothing else', async () => {
  const own = await mkdtemp(join(folder, 'failure-'));
  const path = join(own, 'model.safetensors');
  await writeFile(path, 'old');
  const short = { ...tensor('x', 'F32', [4]), data: new Float32Array(3) };
  await assert.rejects(writeSafetensors(path, [short], { signal }), /needs 4 values, was given 3/);
  const long = { ...tensor('x', 'F32', [4]), data: new Float32Array(5) };
  await assert.rejects(writeSafetensors(path, [long], { signal }), /needs 4 values, was given 5/);
  const twice = [tensor('x', 'F32', [1]), tensor('x', 'F32', [2])];
  await assert.rejects(writeSafetensors(path, twice, { signal }), /named twice/);
  await assert.rejects(writeSafetensors(path, tensors, { signal: AbortSignal.abort() }), {
    name: 'AbortError',
  });
  assert.equal(await readFile(path, 'utf8'), 'old');
  assert.deepEqual(await readdir(own), ['model.safetensors']);
  const nowhere = join(folder, 'nowhere', 'model.safetensors');
  await assert.rejects(writeSafetensors(nowhere, tensors, { signal }), (error) => {
    return isWeftError(error) && error.code === 'FILE_NOT_FOUND' && error.message.includes('nowhere');
  });
});

test('weights that exceed a shard are dealt to files in the order given, with an index', async () => {
  const own = await mkdtemp(join(folder, 'sharded-'));
  const given = [tensor('c', 'F32', [4]), tensor('a', 'F32', [4]), tensor('b', 'BF16', [100])];
  const paths = await writeModelWeights(own, given, { signal, maxShardBytes: 32 });
  assert.deepEqual(
    paths.map((path) => path.slice(own.length + 1)),
    ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors', 'model.safetensors.index.json'],
  );
  const indexPath = join(own, 'model.safetensors.index.json');
  assert.deepEqual(JSON.parse(await readFile(indexPath, 'utf8')), {
    metadata: { total_size: 232 },
    weight_map: {
      a: paths[0]?.slice(own.length + 1),
      b: paths[1]?.slice(own.length + 1),
      c: paths[0]?.slice(own.length + 1),
    },
  });
  const { tensors: read, files } = await readSafetensorsIndex(indexPath, signal);
  assert.deepEqual([...read.keys()].sort(), ['a', 'b', 'c']);
  assert.equal(read.get('b')?.path, paths[1]);
  assert.deepEqual(files, paths.slice(0, 2));
});

test('weights that fit one file get one, without an index', async () => {
  const own = await mkdtemp(join(folder, 'single-'));
  await writeModelWeights(own, [tensor('a', 'F32', [4])], { signal });
  assert.deepEqual(await readdir(own), ['model.safetensors']);
});
