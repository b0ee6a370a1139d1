import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { corruptions } from '../testing/corruptions.ts';
import {
  buildGguf,
  f32,
  type GgufSpec,
  pair,
  pairArray,
  pairText,
  pairU32,
  text,
  u32,
  u64,
} from '../testing/gguf-builder.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readGgufHeader } from './gguf-header.ts';

const { signal } = new AbortController();
const folder = temporaryFolder();

async function fileOf(content: GgufSpec | Uint8Array): Promise<string> {
  const path = join(folder, 'file.gguf');
  await writeFile(path, content instanceof Uint8Array ? content : buildGguf(content));
  return path;
}

async function rejects(
  content: GgufSpec | Uint8Array,
  message: RegExp,
  code = 'GGUF_MALFORMED',
): Promise<void> {
  await assert.rejects(readGgufHeader(await fileOf(content), signal), (error) => {
    assert.ok(isWeftError(error), String(error));
    assert.match(error.message, message);
    assert.equal(error.code, code);
    assert.equal(error.kind, 'invalid');
    return true;
  });
}

const i8 = Buffer.from([0xfe]);
const everyType: GgufSpec = {
  metadata: [
    pair('u8', 0, Buffer.from([200])),
    pair('i8', 1, i8),
    pair('u16', 2, Buffer.from([1, 2])),
    pair('i16', 3, Buffer.from([0xff, 0xff])),
    pairU32('u32', 4_000_000_000),
    pair('i32', 5, u32(0xffff_fffe)),
    pair('f32', 6, f32(0.5)),
    pair('bool', 7, Buffer.from([1])),
    pairText('text', 'grüße €'),
    pair('u64', 10, u64(2 ** 40)),
    pair('large', 10, u64(2n ** 63n)),
    pair('i64', 11, u64(2n ** 64n - 5n)),
    pair('f64', 12, Buffer.from(new Float64Array([0.1]).buffer)),
    pairArray('texts', 8, [text('a'), text(''), text('�')]),
    pairArray('i32s', 5, [u32(1), u32(0xffff_ffff)]),
    pairArray('none', 6, []),
  ],
  tensors: [
    { name: 'a', shape: [2, 3], offset: 0 },
    { name: 'b', shape: [2, 64], type: 3, offset: 32 },
  ],
  data: Buffer.alloc(32 + 80),
};

test('every type of value is read', async () => {
  const { version, metadata } = await readGgufHeader(await fileOf(everyType), signal);
  assert.equal(version, 3);
  assert.deepEqual(Object.fromEntries(metadata), {
    u8: 200,
    i8: -2,
    u16: 513,
    i16: -1,
    u32: 4_000_000_000,
    i32: -2,
    f32: 0.5,
    bool: true,
    text: 'grüße €',
    u64: 2 ** 40,
    large: 2n ** 63n,
    i64: -5,
    f64: 0.1,
    texts: ['a', '', '�'],
    i32s: Int32Array.of(1, -1),
    none: new Float32Array(),
  });
});

test('tensors are placed by the alignment, in row-major shape', async () => {
  const path = await fileOf(everyType);
  const { tensors } = await readGgufHeader(path, signal);
  const start = tensors.get('a')?.offsetBytes ?? -1;
  assert.equal(start % 32, 0);
  assert.deepEqual(
    [...tensors.values()],
    [
      { name: 'a', path, dtype: 'F32', shape: [2, 3], offsetBytes: start, sizeBytes: 24 },
      { name: 'b', path, dtype: 'Q4_1', shape: [2, 64], offsetBytes: start + 32, sizeBytes: 80 },
    ],
  );
  const wide = { ...everyType, alignment: 4096, metadata: [pairU32('general.alignment', 4096)], tensors: [] };
  await readGgufHeader(await fileOf(wide), signal);
});

test('arrays longer than the window are read whole', async () => {
  const words = Array.from({ length: 120_000 }, (_, i) => `token ${i} ${'x'.repeat(i % 9)}`);
  const long = 'y'.repeat(3 << 20);
  const numbers = Array.from({ length: 400_000 }, (_, i) => u32(i));
  const path = await fileOf({
    metadata: [
      pairArray('words', 8, words.map(text)),
      pairText('long', long),
      pairArray('numbers', 4, numbers),
    ],
  });
  const { metadata } = await readGgufHeader(path, signal);
  assert.deepEqual(metadata.get('words'), words);
  assert.equal(metadata.get('long'), long);
  assert.deepEqual(
    metadata.get('numbers'),
    Uint32Array.from({ length: 400_000 }, (_, i) => i),
  );
});

test('what is no such file is refused', async () => {
  await rejects(Buffer.from('GGUF'), /the start needs 24 bytes/);
  await rejects(Buffer.alloc(100), /does not start as a GGUF file/);
  await rejects({ version: 1 }, /is GGUF version 1/, 'GGUF_VERSION_UNKNOWN');
  await rejects({ version: 0x0300_0000 }, /big-endian/, 'GGUF_VERSION_UNKNOWN');
  await rejects({ metadata: [pair('split.count', 2, Buffer.from([3, 0]))] }, /one of 3 files/, 'GGUF_SPLIT');
  const nowhere = readGgufHeader(join(folder, 'absent.gguf'), signal);
  await assert.rejects(nowhere, (error) => isWeftError(error) && error.code === 'FILE_NOT_FOUND');
});

test('counts and lengths that the file cannot hold are refused', async () => {
  const start = (tensors: bigint, keys: bigint) =>
    Buffer.concat([Buffer.from('GGUF'), u32(3), u64(tensors), u64(keys)]);
  await rejects(start(2n ** 64n - 1n, 0n), /names Infinity tensors/);
  await rejects(start(0n, 2n ** 40n), /keys, more than/);
  await rejects(start(0n, 1n), /key 0 needs 8 bytes/);
  await rejects(
    { metadata: [Buffer.concat([u64(2 ** 50), Buffer.alloc(40)])] },
    /needs 1125899906842624 bytes/,
  );
  for (const type of [0, 4, 8, 12]) {
    const array = pair('x', 9, Buffer.concat([u32(type), u64(2 ** 33), Buffer.alloc(64)]));
    await rejects({ metadata: [array] }, /x needs \d+ bytes/);
    const endless = pair('x', 9, Buffer.concat([u32(type), u64(2n ** 64n - 1n), Buffer.alloc(64)]));
    await rejects({ metadata: [endless] }, /x needs Infinity bytes/);
  }
});

test('every fault of metadata is named', async () => {
  await rejects({ metadata: [pairU32('a', 1), pairU32('a', 2)] }, /the key a appears twice/);
  await rejects({ metadata: [pairU32('', 1)] }, /is no name/);
  await rejects({ metadata: [pairU32('a\n', 1)] }, /is no name/);
  await rejects({ metadata: [pair('a', 13, u32(1))] }, /a has the unknown type 13/);
  await rejects({ metadata: [pair('a', 7, Buffer.from([2]))] }, /neither true nor false/);
  await rejects({ metadata: [pairArray('a', 9, [u32(4), u64(0)])] }, /array of arrays/);
  await rejects({ metadata: [pair('a', 8, Buffer.concat([u64(1), Buffer.from([0xff])]))] }, /no UTF-8/);
  for (const alignment of [0, 3, 1 << 30]) {
    await rejects({ metadata: [pairU32('general.alignment', alignment)] }, /no power of two/);
  }
});

test('every fault of a tensor is named', async () => {
  const data = Buffer.alloc(256);
  const tensor = { name: 'x', shape: [2, 2], offset: 0 };
  await rejects({ data, tensors: [tensor, tensor] }, /x appears twice/);
  await rejects({ data, tensors: [tensor, { ...tensor, name: 'y' }] }, /shares bytes/);
  await rejects({ data, tensors: [{ ...tensor, shape: [] }] }, /has 0 dimensions/);
  await rejects({ data, tensors: [{ ...tensor, shape: [1, 1, 1, 1, 1] }] }, /has 5 dimensions/);
  await rejects({ data, tensors: [{ ...tensor, offset: 8 }] }, /should take/);
  await rejects({ data, tensors: [{ ...tensor, offset: 256 }] }, /the file has/);
  await rejects({ data, tensors: [{ ...tensor, offset: 2 ** 52 }] }, /the file has/);
  await rejects({ data, tensors: [{ ...tensor, shape: [0, 2] }] }, /cannot be F32/);
  await rejects({ data, tensors: [{ ...tensor, shape: [2 ** 40, 2 ** 40] }] }, /cannot be F32/);
  await rejects({ data, tensors: [{ ...tensor, type: 8, shape: [2, 33] }] }, /cannot be Q8_0/);
  await rejects({ data, tensors: [{ ...tensor, type: 14, shape: [1, 128] }] }, /cannot be Q6_K/);
});

test('a tensor type that is not supported is refused by name', async () => {
  for (const [type, name] of [
    [17, 'IQ2_XS'],
    [10, 'Q2_K'],
    [26, 'I32'],
    [39, 'MXFP4'],
    [999, 'unknown'],
  ] as const) {
    const spec = { tensors: [{ name: 'x', shape: [256], type, offset: 0 }], data: Buffer.alloc(1024) };
    await rejects(spec, new RegExp(`has the type ${name} \\(${type}\\)`), 'GGUF_TYPE_UNKNOWN');
  }
});

test('fuzz: a damaged file is read or refused, and never anything else', async () => {
  const original = buildGguf(everyType);
  const outcomes = { read: 0, refused: 0 };
  for (const bytes of corruptions(original, { seed: 9, count: 2000, headerBytes: original.length - 112 })) {
    try {
      const { tensors } = await readGgufHeader(await fileOf(bytes), signal);
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
