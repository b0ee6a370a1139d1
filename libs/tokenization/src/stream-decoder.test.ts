import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { byteAlphabet, bytesOfToken } from './byte-alphabet.ts';
import { loadTokenizer } from './load-tokenizer.ts';
import { createDecoderStream } from './stream-decoder.ts';
import { fixtureFolder, fixtureJson } from './testing/golden.ts';
import type { Tokenizer } from './tokenizer.ts';

const load = (name: string) => loadTokenizer({ kind: 'folder', path: fixtureFolder(name) });

describe('a byte-level vocabulary', () => {
  let tokenizer: Tokenizer;
  const idsOf = (...bytes: number[]) =>
    bytes.map((byte) => tokenizer.tokenId(byteAlphabet[byte] ?? '') ?? -1);
  before(async () => {
    tokenizer = await load('llama3');
  });
  after(() => tokenizer.close());

  test('gives a character with its last byte', () => {
    const stream = tokenizer.createStreamDecoder();
    const texts = idsOf(0xf0, 0x9f, 0x98, 0x80, 0x41).map((id) => stream.push(id));
    assert.deepEqual([...texts, stream.flush()], ['', '', '', '😀', 'A', '']);
  });

  test('gives what is no character as soon as that is sure', () => {
    const stream = tokenizer.createStreamDecoder();
    const texts = idsOf(0xe2, 0x82, 0x41, 0xff, 0xf0).map((id) => stream.push(id));
    assert.deepEqual([...texts, stream.flush()], ['', '', '\ufffdA', '\ufffd', '', '\ufffd']);
  });

  test('starts anew after a flush', () => {
    const stream = tokenizer.createStreamDecoder();
    for (const id of idsOf(0xe2)) stream.push(id);
    assert.equal(stream.flush(), '\ufffd');
    assert.deepEqual(
      idsOf(0x42).map((id) => stream.push(id)),
      ['B'],
    );
  });

  test('leaves special tokens out, and ids that it lacks', () => {
    const stream = tokenizer.createStreamDecoder({ skipSpecialTokens: true });
    const [begin = -1, the = -1] = tokenizer.encode(' the');
    assert.deepEqual(
      [begin, the, 99_999, -1].map((id) => stream.push(id)),
      ['', ' the', '', ''],
    );
    assert.equal(tokenizer.createStreamDecoder().push(begin), '<|begin|>');
  });

  test('keeps a byte order mark', () => {
    const stream = tokenizer.createStreamDecoder();
    assert.deepEqual(
      idsOf(0xef, 0xbb, 0xbf).map((id) => stream.push(id)),
      ['', '', '\ufeff'],
    );
  });
});

describe('sentencepiece with bytes for what it lacks', () => {
  let tokenizer: Tokenizer;
  const idOf = (piece: string): number => tokenizer.tokenId(piece) ?? -1;
  before(async () => {
    tokenizer = await load('llama2');
  });
  after(() => tokenizer.close());

  test('loses the blank before the first word alone', () => {
    const stream = tokenizer.createStreamDecoder();
    const texts = ['▁the', '▁the', '▁', '▁the'].map((piece) => stream.push(idOf(piece)));
    assert.deepEqual([...texts, stream.flush()], ['the', ' the', ' ', ' the', '']);
  });

  test('keeps the blank of the first word after special tokens that are left out', () => {
    const ids = [idOf('<s>'), idOf('▁the'), idOf('</s>'), idOf('▁the')];
    const stream = tokenizer.createStreamDecoder({ skipSpecialTokens: true });
    const texts = ids.map((id) => stream.push(id));
    assert.deepEqual(texts, ['', 'the', '', ' the']);
    assert.equal(texts.join(''), tokenizer.decode(ids, { skipSpecialTokens: true }));
  });

  test('judges a run of bytes as a whole', () => {
    const good = ['<0xE2>', '<0x82>', '<0xAC>', '▁the'].map(idOf);
    const bad = ['<0xE2>', '<0x82>', '<0xAC>', '<0xFF>', '▁the'].map(idOf);
    for (const [ids, expected] of [
      [good, '€ the'],
      [bad, '\ufffd\ufffd\ufffd\ufffd the'],
    ] as const) {
      const stream = tokenizer.createStreamDecoder();
      const texts = ids.map((id) => stream.push(id));
      assert.deepEqual(texts, [...ids.slice(1).map(() => ''), expected]);
      assert.equal(tokenizer.decode(ids), expected);
    }
  });

  test('gives the rest of an open run at the end', () => {
    const stream = tokenizer.createStreamDecoder();
    assert.equal(stream.push(idOf('<0xE2>')), '');
    assert.equal(stream.flush(), '\ufffd');
    assert.equal(stream.flush(), '');
  });
});

test('bytes behind a sequence of decoders wait for the whole character too', async () => {
  const json = fixtureJson<Record<string, unknown>>('llama3', 'tokenizer.json');
  const decoder = { type: 'Sequence', decoders: [json['decoder']] };
  const tokenizer = await loadTokenizer({
    kind: 'files',
    files: { place: 'there', tokenizerJson: JSON.stringify({ ...json, decoder }) },
  });
  const ids = [0x41, 0xf0, 0x9f, 0x98, 0x80, 0x42, 0xff].map(
    (byte) => tokenizer.tokenId(byteAlphabet[byte] ?? '') ?? -1,
  );
  const stream = tokenizer.createStreamDecoder();
  assert.deepEqual(
    [...ids.map((id) => stream.push(id)), stream.flush()],
    ['A', '', '', '', '😀', 'B', '', '\ufffd'],
  );
  tokenizer.close();
});

test('a token without text of its own does not make the next one the first', () => {
  const tokens = ['▁a', '<0x41>', 'Z', '▁b'];
  const decode = (list: readonly string[]): string =>
    list.join('').replaceAll('<0x41>', 'A').replaceAll('Z', '').replaceAll('▁', ' ').replace(/^ /, '');
  const stream = createDecoderStream(
    { tokenOf: (id) => tokens[id] ?? null, decode, hasByteFallback: true },
    null,
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((id) => stream.push(id)),
    ['a', '', 'A', ' b'],
  );
});

test('the byte alphabet names every byte once and is read back', () => {
  assert.equal(new Set(byteAlphabet).size, 256);
  assert.deepEqual(
    [...bytesOfToken(byteAlphabet.join(''))],
    Array.from({ length: 256 }, (_, byte) => byte),
  );
  assert.deepEqual([byteAlphabet[0x20], byteAlphabet[0x0a], byteAlphabet[0x41]], ['Ġ', 'Ċ', 'A']);
  assert.deepEqual([...bytesOfToken('▁')], [0xe2, 0x96, 0x81]);
});
