import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strftime } from './strftime.ts';

test('dates are written as Python writes them in the C locale', () => {
  const date = new Date(2024, 1, 5, 14, 3, 9, 7);
  assert.equal(strftime(date, '%d %b %Y'), '05 Feb 2024');
  assert.equal(strftime(date, '%A, %B %-d, %y'), 'Monday, February 5, 24');
  assert.equal(strftime(date, '%a %j %w %u'), 'Mon 036 1 1');
  assert.equal(strftime(date, '%F %T %I:%M %p'), '2024-02-05 14:03:09 02:03 PM');
  assert.equal(strftime(new Date(2024, 11, 31, 0, 0), '%I %p %j'), '12 AM 366');
  assert.equal(strftime(date, '100%% %Q'), '100% %Q');
});
