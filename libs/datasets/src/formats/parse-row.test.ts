import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf } from '../test-support.ts';
import type { DatasetFormat } from './format.ts';
import { createRowParser } from './parse-row.ts';
import type { RowContent } from './row.ts';

const parse = (
  format: DatasetFormat,
  values: Readonly<Record<string, unknown>>,
  columns: Readonly<Record<string, string>> = {},
): RowContent => createRowParser(format, columns)({ place: 'rows.jsonl:7', values });

test('alpaca: input may be missing or null', () => {
  const expected = { kind: 'alpaca', instruction: 'i', input: '', output: 'o' };
  assert.deepEqual(parse('alpaca', { instruction: 'i', output: 'o' }), expected);
  assert.deepEqual(parse('alpaca', { instruction: 'i', input: null, output: 'o', more: 1 }), expected);
  assert.deepEqual(parse('alpaca', { q: 'i', c: 'x', output: 'o' }, { instruction: 'q', input: 'c' }), {
    ...expected,
    input: 'x',
  });
});

test('prompt and completion, and text', () => {
  assert.deepEqual(parse('prompt-completion', { prompt: ' p', completion: 'c ' }), {
    kind: 'prompt-completion',
    prompt: ' p',
    completion: 'c ',
  });
  assert.deepEqual(parse('text', { body: 'x' }, { text: 'body' }), { kind: 'text', text: 'x' });
});

test('messages in both layouts and with parts, and ShareGPT', () => {
  const expected = {
    kind: 'messages',
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'ho' },
    ],
  };
  assert.deepEqual(parse('messages', { messages: expected.messages }), expected);
  const columnwise = { role: ['user', 'assistant'], content: ['hi', 'ho'] };
  assert.deepEqual(parse('messages', { messages: columnwise }), expected);
  const parts = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'h' },
        { type: 'text', text: 'i' },
      ],
      tool_calls: null,
    },
    { role: 'assistant', content: 'ho', tool_calls: [] },
  ];
  assert.deepEqual(parse('messages', { messages: parts }), expected);
  const turns = [
    { from: 'human', value: 'hi' },
    { from: 'gpt', value: 'ho' },
  ];
  assert.deepEqual(parse('sharegpt', { conversations: turns }), expected);
});

test('wrong types are named with place, column and value', async () => {
  const cases: readonly (readonly [
    format: DatasetFormat,
    values: Record<string, unknown>,
    message: RegExp,
  ])[] = [
    ['alpaca', { instruction: 'i', output: 3 }, /rows\.jsonl:7: column "output" is a number/],
    ['alpaca', { instruction: null, output: 'o' }, /column "instruction" is empty \(null\)/],
    ['alpaca', { instruction: 'i', input: ['x'], output: 'o' }, /column "input" is a list/],
    ['alpaca', { instruction: 'i', input: 7n, output: 'o' }, /column "input" is a bigint/],
    ['alpaca', { instruction: 'i' }, /rows\.jsonl:7 has no column "output"/],
    ['alpaca', { output: 'o' }, /has no column "instruction"/],
    ['text', { text: { a: 1 } }, /is an object/],
    ['text', { text: 'half \ud83d' }, /half of a surrogate pair/],
    ['messages', { messages: 'hi' }, /is no list of messages/],
    ['messages', { messages: [] }, /empty conversation/],
    ['messages', { messages: ['hi'] }, /message 0 that is no object/],
    ['messages', { messages: [{ role: 'robot', content: 'x' }] }, /message 0 with the unknown role/],
    ['messages', { messages: [{ content: 'x' }] }, /unknown role/],
    ['messages', { messages: [{ role: 'user', content: null }] }, /message 0 whose content is no text/],
    ['messages', { messages: [{ role: 'user', content: [{ type: 'image' }] }] }, /content is no text/],
    ['messages', { messages: [{ role: 'assistant', content: '', tool_calls: [{}] }] }, /tool calls/],
    ['messages', { messages: { role: ['user'], content: [] } }, /is no list of messages/],
    ['sharegpt', { conversations: [{ from: 'toString', value: 'x' }] }, /unknown speaker/],
    ['sharegpt', { conversations: [{ from: 'human', value: 1 }] }, /value is no text/],
  ];
  for (const [format, values, message] of cases) {
    const fault = await faultOf(() => parse(format, values));
    assert.match(fault.message, message);
    assert.equal(fault.field, 'rows.jsonl:7');
  }
});

test('a name that every object inherits is no column', async () => {
  const fault = await faultOf(() => parse('text', { text: 'x' }, { text: 'constructor' }));
  assert.equal(fault.code, 'DATASET_COLUMN_MISSING');
});

test('a mapped input must be there', async () => {
  const fault = await faultOf(() => parse('alpaca', { instruction: 'i', output: 'o' }, { input: 'context' }));
  assert.equal(fault.value, 'context');
});
