import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countTests } from './test-totals.mjs';

test('closing lines of several runs add up, wherever the text is cut', () => {
  const text = [
    '✔ a test that prints pass 7 (1 ms)',
    '\x1b[34mℹ tests 5\x1b[39m',
    '\x1b[34mℹ pass 3\x1b[39m',
    'ℹ fail 1',
    'ℹ cancelled 0',
    'ℹ skipped 1',
    '24 passed, 2 failed',
    '# pass 10',
    '# fail 0',
  ].join('\n');
  for (const size of [1, 3, 1000]) {
    const counter = countTests();
    for (let start = 0; start < text.length; start += size) counter.read(text.slice(start, start + size));
    assert.deepEqual(counter.end(), { pass: 37, fail: 3, skipped: 1, reasons: [] });
  }
});

test('what was skipped is named with its reason', () => {
  const counter = countTests();
  counter.read('﹣ needs the real data (0.1ms) # no gsm8k here\n  ﹣ nested (0.2ms) # SKIP\n');
  assert.deepEqual(counter.end().reasons, ['needs the real data: no gsm8k here', 'nested']);
});
