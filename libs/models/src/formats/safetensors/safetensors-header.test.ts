import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { isWeftError } from '@weft/errors';
import { readTensor } from '../read-tensor.ts';
import { corruptions } from '../testing/corruptions.ts';
import { readSafetensorsHeader } from './safetensors-header.ts';
import { readSafetensorsIndex } from './safetensors-index.ts';

const { signal } = new AbortController();
const fixture = new URL('fixtures/python.safetensors', import.meta.url).pathname;
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-'));
});
after(() => rm(folder, { recursive: true }));

async function fileOf(header: string | Uint8Array, dataBytes = 0): Promise<string> {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(folder, 'file.safetensors');
  await writeFile(path, Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
  return path;
}

async function rejects(path: string, message: RegExp, code = 'SAFETENSORS_MALFORMED'): Promise<void> {
  await assert.rejects(readSafetensorsHeader(path, signal), (error) => {
    assert.ok(isWeftError(error), String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.equal(error.kind, 'invalid');
    return true;
  });
}

test('a file of the Python library is read', async () => {
  const { tensors, metadata } = await readSafetensorsHeader(fixture, signal);
  assert.deepEqual([...metadata], [['format', 'pt']]);
  assert.deepEqual(
    [...tensors.keys()],
    ['b.weight', 'empty', 'scalar', 'ä.weight', 'a.alpha', 'a.weight', 'Z"quoted"', 'a.bias'],
  );
  const weight = tensors.get('a.weight');
  assert.deepEqual(weight, {
    name: 'a.weight',
    path: fixture,
    dtype: 'BF16',
    shape: [2, 5],
    offsetBytes: 544 + 62,
    sizeBytes: 20,
  });
  assert.equal((await readTensor(weight, signal))[0], -0.6484375);
});

test('lengths that the file does not hold are refused before anything is read', async () => {
  const path = join(folder, 'short');
  await writeFile(path, 'abc');
  await rejects(path, /too short/);
  const length = Buffer.alloc(8);
  for (const bytes of [9n, 100_000_001n, 2n ** 63n, 2n ** 64n - 1n]) {
    length.writeBigUInt64LE(bytes);
    await writeFile(path, Buffer.concat([length, Buffer.from('{}')]));
    await rejects(path, /names a header of/);
  }
});

test('every kind of fault is named', async () => {
  const tensor = (fields: string, name = 'x') => `{"${name}":{${fields}}}`;
  const good = '"dtype":"F32","shape":[2],"data_offsets":[0,8]';
  await rejects(await fileOf('[]'), /no JSON object/);
  await rejects(await fileOf('{'), /no JSON/);
  await rejects(await fileOf('{}x'), /text after the end/);
  await rejects(await fileOf(Uint8Array.of(0x7b, 0xff, 0x7d)), /no JSON/);
  await rejects(await fileOf('{"x":[[[[[[]]]]]]}'), /nested deeper/);
  await rejects(await fileOf(`{"x":{${good}},"x":{${good}}}`, 8), /appears twice/);
  await rejects(await fileOf(`{"x":{${good}},"\\u0078":{${good}}}`, 8), /appears twice/);
  await rejects(await fileOf('{"__metadata__":{"a":1}}'), /something else than text/);
  await rejects(await fileOf(tensor(`${good},"extra":1`), 8), /unknown key/);
  await rejects(await fileOf(tensor(good, ''), 8), /no name/);
  await rejects(await fileOf(tensor(good, '\\u0000'), 8), /no name/);
  await rejects(await fileOf(tensor(good, 'x'.repeat(2000)), 8), /no name/);
  await rejects(await fileOf(tensor(good.replace('[2]', '[-2]')), 8), /no valid shape/);
  await rejects(await fileOf(tensor(good.replace('[2]', '[0.5]')), 8), /no valid shape/);
  await rejects(await fileOf(tensor(good.replace('[2]', '[1e300]')), 8), /no valid shape/);
  await rejects(
    await fileOf(tensor(good.replace('[2]', '[9007199254740991,9007199254740991]')), 8),
    /does not take/,
  );
  await rejects(await fileOf(tensor(good.replace('[2]', '[3]')), 8), /does not take 8 bytes/);
  await rejects(await fileOf(tensor(good), 7), /outside of the file/);
  await rejects(await fileOf(tensor(good.replace('[0,8]', '[8,0]')), 8), /outside of the file/);
  await rejects(await fileOf(tensor(good.replace('[0,8]', '[4,12]')), 12), /leaves a gap/);
  await rejects(await fileOf(tensor(good), 9), /its header describes/);
  const overlap = '"dtype":"F32","shape":[2],"data_offsets":[4,12]';
  await rejects(await fileOf(`{"x":{${good}},"y":{${overlap}}}`, 12), /shares bytes/);
  await rejects(await fileOf(`{"x":{${good}},"y":{${good}}}`, 8), /shares bytes/);
});

test('a dtype that is not supported is refused by name', async () => {
  for (const dtype of ['F8_E4M3', 'Q4_K', 'constructor', 'f32']) {
    const path = await fileOf(`{"x":{"dtype":"${dtype}","shape":[2],"data_offsets":[0,8]}}`, 8);
    await rejects(
      path,
      new RegExp(`the dtype ${dtype}, which is not supported`),
      'SAFETENSORS_DTYPE_UNKNOWN',
    );
  }
});

test('faults of the file name the path', async () => {
  await rejects(join(folder, 'absent'), /absent does not exist/, 'FILE_NOT_FOUND');
  await rejects(folder, /not a regular file/, 'FILE_NOT_REGULAR');
  const pipe = join(folder, 'pipe');
  await promisify(execFile)('mkfifo', [pipe]);
  await rejects(pipe, /not a regular file/, 'FILE_NOT_REGULAR');
});

test('a file cut after its header was read is noticed when its values are', async () => {
  const path = await fileOf('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8);
  const entry = (await readSafetensorsHeader(path, signal)).tensors.get('x');
  assert.ok(entry !== undefined);
  await truncate(path, entry.offsetBytes + 5);
  await assert.rejects(readTensor(entry, signal), /ends before byte/);
});

test('an index may only name files of its own folder that hold its tensors', async () => {
  const path = join(folder, 'model.safetensors.index.json');
  const rejectsIndex = async (map: unknown, message: RegExp) => {
    await writeFile(path, JSON.stringify({ weight_map: map }));
    await assert.rejects(
      readSafetensorsIndex(path, signal),
      (error) => isWeftError(error) && message.test(error.message),
    );
  };
  for (const shard of [
    '../x.safetensors',
    '/etc/x.safetensors',
    'a/b.safetensors',
    'x.bin',
    '.safetensors',
    7,
  ]) {
    await rejectsIndex({ x: shard }, /not one of its folder/);
  }
  await rejectsIndex(null, /no weight_map/);
  await rejectsIndex({}, /is empty/);
  await rejectsIndex({ x: 'absent.safetensors' }, /does not exist/);
  await fileOf('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8);
  await rejectsIndex({ y: 'file.safetensors' }, /does not hold the tensor y/);
  await writeFile(path, JSON.stringify({ weight_map: { x: 'file.safetensors' } }));
  assert.deepEqual([...(await readSafetensorsIndex(path, signal)).tensors.keys()], ['x']);
});

test('fuzz: a damaged file is read or refused, and never anything else', async () => {
  const original = await readFile(fixture);
  const path = join(folder, 'fuzz.safetensors');
  const outcomes = { read: 0, refused: 0 };
  for (const bytes of corruptions(original, { seed: 5, count: 2000, headerBytes: 544 })) {
    await writeFile(path, bytes);
    try {
      const { tensors } = await readSafetensorsHeader(path, signal);
      for (const { offsetBytes, sizeBytes } of tensors.values())
        assert.ok(offsetBytes + sizeBytes <= bytes.length);
      outcomes.read += 1;
    } catch (error) {
      assert.ok(isWeftError(error) && error.kind === 'invalid', String(error));
      outcomes.refused += 1;
    }
  }
  assert.ok(outcomes.read > 5 && outcomes.refused > 800, JSON.stringify(outcomes));
});
