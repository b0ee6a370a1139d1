import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf } from '../test-support.ts';
import { checkColumnMap, detectFormat, parseColumnMap, parseDatasetFormat } from './format.ts';

const detect = (names: readonly string[], columns: Readonly<Record<string, string>> = {}): string =>
  detectFormat({ path: 'rows.jsonl', names, columns });

test('formats are detected in the order messages, prompt and completion, alpaca, text', () => {
  const all = ['text', 'output', 'instruction', 'completion', 'prompt', 'messages', 'conversations'];
  assert.equal(detect(all), 'messages');
  assert.equal(detect(all.filter((name) => name !== 'messages')), 'sharegpt');
  assert.equal(detect(all.slice(0, 5)), 'prompt-completion');
  assert.equal(detect(['text', 'output', 'instruction', 'prompt']), 'alpaca');
  assert.equal(detect(['instruction', 'input', 'output']), 'alpaca');
  assert.equal(detect(['text', 'instruction']), 'text');
});

test('mapped columns take part, and point at the format that has their fields', () => {
  assert.equal(detect(['question', 'answer'], { instruction: 'question', output: 'answer' }), 'alpaca');
  assert.equal(detect(['messages', 'q', 'a'], { prompt: 'q', completion: 'a' }), 'prompt-completion');
  assert.equal(detect(['text', 'body'], { text: 'body' }), 'text');
});

test('columns that fit nothing, and mapped columns that are not there, are named', async () => {
  const unknown = await faultOf(() => detect(['question', 'answer']));
  assert.equal(unknown.code, 'DATASET_UNKNOWN_FORMAT');
  assert.match(unknown.message, /question, answer/);
  const missing = await faultOf(() =>
    detect(['question', 'answer'], { instruction: 'question', output: 'reply' }),
  );
  assert.equal(missing.code, 'DATASET_COLUMN_MISSING');
  assert.equal(missing.value, 'reply');
});

test('column maps are parsed strictly', async () => {
  assert.deepEqual(parseColumnMap('instruction=question, output = answer'), {
    instruction: 'question',
    output: 'answer',
  });
  assert.deepEqual(parseColumnMap('text=a=b'), { text: 'a=b' });
  for (const text of ['', 'instruction', '=x', 'text=', 'text=a,text=b', 'text=a,,output=b']) {
    assert.equal((await faultOf(() => parseColumnMap(text))).code, 'DATASET_BAD_COLUMNS', text);
  }
  checkColumnMap({ instruction: 'q', input: 'i' }, 'alpaca');
  checkColumnMap({ prompt: 'q' }, undefined);
  assert.match((await faultOf(() => checkColumnMap({ question: 'q' }, undefined))).message, /no format has/);
  assert.match((await faultOf(() => checkColumnMap({ prompt: 'q' }, 'alpaca'))).message, /format alpaca has/);
});

test('format names are checked', async () => {
  assert.equal(parseDatasetFormat('prompt-completion'), 'prompt-completion');
  const fault = await faultOf(() => parseDatasetFormat('alpacca'));
  assert.match(fault.remedy ?? '', /alpaca/);
});
