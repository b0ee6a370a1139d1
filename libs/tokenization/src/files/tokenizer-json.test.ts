import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FixtureName, fixtureJson } from '../testing/golden.ts';
import { charsmapFault } from './charsmap.ts';
import { parseTokenizerJson } from './tokenizer-json.ts';

type Edit = (json: Record<string, never>) => unknown;

function refuses(name: FixtureName, field: string, edit: Edit): void {
  const json = fixtureJson<Record<string, never>>(name, 'tokenizer.json');
  edit(json);
  const check = () => parseTokenizerJson(JSON.stringify(json));
  assert.throws(check, { code: 'TOKENIZER_MALFORMED', kind: 'invalid', field: `tokenizer.json: ${field}` });
}

const set =
  (path: string, value: unknown): Edit =>
  (json) => {
    const keys = path.split('.');
    const last = keys.pop() as string;
    const holder = keys.reduce((object: Record<string, never>, key) => object[key] as never, json);
    Object.assign(holder, { [last]: value });
  };

describe('a tokenizer.json is refused by field', () => {
  const cases: readonly (readonly [FixtureName, string, string, unknown])[] = [
    ['gpt2', 'model', 'model', null],
    ['gpt2', 'model.type', 'model.type', 'GRU'],
    ['gpt2', 'model.vocab', 'model.vocab', 5],
    ['gpt2', 'model.vocab["a"]', 'model.vocab.a', -1],
    ['gpt2', 'model.vocab["a"]', 'model.vocab.a', 2 ** 30],
    ['gpt2', 'model.merges', 'model.merges', 'a b'],
    ['gpt2', 'model.dropout', 'model.dropout', 0.1],
    ['gpt2', 'model.merges[0]', 'model.continuing_subword_prefix', '##'],
    ['gpt2', 'added_tokens', 'added_tokens', {}],
    ['gpt2', 'added_tokens[0]', 'added_tokens.0', 'x'],
    ['gpt2', 'added_tokens[0].id', 'added_tokens.0.id', 1.5],
    ['gpt2', 'added_tokens[0].id', 'added_tokens.0.id', 2 ** 30],
    ['gpt2', 'added_tokens[0].content', 'added_tokens.0.content', null],
    ['gpt2', 'added_tokens[0].special', 'added_tokens.0.special', 'yes'],
    ['gpt2', 'pre_tokenizer', 'pre_tokenizer', 'ByteLevel'],
    ['smollm', 'pre_tokenizer.pretokenizers', 'pre_tokenizer.pretokenizers', {}],
    ['smollm', 'pre_tokenizer.pretokenizers[1]', 'pre_tokenizer.pretokenizers.1', {}],
    ['unigram', 'model.vocab[3]', 'model.vocab.3', ['a', 'b']],
    [
      'unigram',
      'normalizer.normalizers[0].precompiled_charsmap',
      'normalizer.normalizers.0.precompiled_charsmap',
      '!',
    ],
    ['unigram', 'post_processor.single[1]', 'post_processor.special_tokens', {}],
    ['wordpiece', 'post_processor.pair[0]', 'post_processor.pair.0.SpecialToken.id', '[START]'],
  ];
  for (const [name, field, path, value] of cases) {
    test(`${name}: ${path} = ${JSON.stringify(value)}`, () => refuses(name, field, set(path, value)));
  }

  test('nested without end', () => {
    let part: object = { type: 'NFC' };
    for (let depth = 0; depth < 100; depth++) part = { type: 'Sequence', normalizers: [part] };
    const json = { ...fixtureJson<object>('gpt2', 'tokenizer.json'), normalizer: part };
    assert.throws(() => parseTokenizerJson(JSON.stringify(json)), {
      code: 'TOKENIZER_MALFORMED',
      message: /deeply/,
    });
  });
});

function withUnit(bytes: Buffer, at: number, unit: number): Buffer {
  bytes.writeUInt32LE(unit, at);
  return bytes;
}

describe('a table of replacements', () => {
  const { normalizer } = fixtureJson<{ normalizer: { normalizers: { precompiled_charsmap: string }[] } }>(
    'unigram',
    'tokenizer.json',
  );
  const whole = Buffer.from(normalizer.normalizers[0]?.precompiled_charsmap ?? '', 'base64');

  test('is sound as sentencepiece writes it', () =>
    assert.equal(charsmapFault(whole.toString('base64')), null));

  const damaged: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
    'too short': (bytes) => bytes.subarray(0, 6),
    'cut short': (bytes) => bytes.subarray(0, bytes.readUInt32LE(0) - 4),
    'no whole units': (bytes) => withUnit(bytes, 0, bytes.readUInt32LE(0) - 1),
    'a first step outside': (bytes) => withUnit(bytes, 4, 0x7ffffc00),
    'texts that are no UTF-8': (bytes) => Buffer.concat([bytes, Buffer.of(0xff)]),
  };
  for (const [what, damage] of Object.entries(damaged)) {
    test(`is not with ${what}`, () => {
      assert.notEqual(charsmapFault(damage(Buffer.from(whole)).toString('base64')), null);
    });
  }

  test('is not where a unit leads outside or names half a character', () => {
    let faults = 0;
    for (let at = 4; at < 4 + whole.readUInt32LE(0); at += 4) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt32LE((bytes.readUInt32LE(at) | 0x7ffffc00) >>> 0, at);
      if (charsmapFault(bytes.toString('base64')) !== null) faults++;
    }
    assert.ok(faults > 20, `${faults} of the damaged tables were found`);
  });
});
