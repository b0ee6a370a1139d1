import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStrictJson } from './strict-json.ts';

const limits = { maxDepth: 3, maxValues: 20 };

test('values are those of JSON.parse, objects as maps', () => {
  for (const text of [
    '1',
    '-0.5e3',
    '"a\\"\\\\"',
    '"\\u00e9\\n"',
    'true',
    'null',
    ' [1, [2 , 3], []] ',
    '""',
  ]) {
    assert.deepEqual(parseStrictJson(text, limits), JSON.parse(text), text);
  }
  const parsed = parseStrictJson('{"b": {"c": [1]}, "__proto__": 2, "a": {}}', limits);
  const inner = new Map([['c', [1]]]);
  assert.deepEqual(
    parsed,
    new Map<string, unknown>([
      ['b', inner],
      ['__proto__', 2],
      ['a', new Map()],
    ]),
  );
});

test('what JSON.parse refuses is refused', () => {
  const texts = [
    '',
    ' ',
    '{',
    '[1',
    '[1,]',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    '01',
    '1.',
    '.5',
    '+1',
    '-',
    'NaN',
  ];
  for (const text of [...texts, 'tru', '"a', '"\\', '"\\x"', '"\n"', "'a'", '1 2', '[1]]', '{"a":1 "b":2}']) {
    assert.throws(() => JSON.parse(text), SyntaxError, text);
    assert.throws(() => parseStrictJson(text, limits), SyntaxError, text);
  }
});

test('what JSON.parse lets pass and readers differ on is refused', () => {
  assert.throws(() => parseStrictJson('{"a":1,"a":1}', limits), /the name "a" appears twice at character/);
  assert.throws(() => parseStrictJson('{"a":1,"\\u0061":1}', limits), /appears twice/);
  assert.throws(() => parseStrictJson('[[[[]]]]', limits), /nested deeper than 3/);
  assert.throws(() => parseStrictJson(`[${'1,'.repeat(30)}1]`, limits), /more than 20 values/);
});

test('long text takes time in proportion', () => {
  const long = JSON.stringify({ text: 'x\\"'.repeat(500_000), slashes: '\\'.repeat(100_000) });
  const parsed = parseStrictJson(long, limits);
  assert.ok(parsed instanceof Map && String(parsed.get('text')).length === 1_500_000);
  assert.throws(
    () => parseStrictJson('['.repeat(5_000_000), { maxDepth: 64, maxValues: 1e9 }),
    /nested deeper/,
  );
});
