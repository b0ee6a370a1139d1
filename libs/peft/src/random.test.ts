import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RandomStream } from './random.ts';

function draw(stream: RandomStream, method: 'uniform' | 'normal', count: number): readonly number[] {
  return Array.from({ length: count }, () => stream[method]());
}

test('seed and name fix a stream, and each changes it', () => {
  const stream = (seed: number, name: string) => draw(new RandomStream(seed, name), 'uniform', 20);
  assert.deepEqual(stream(1, 'a'), stream(1, 'a'));
  assert.notDeepEqual(stream(1, 'a'), stream(2, 'a'));
  assert.notDeepEqual(stream(1, 'a'), stream(1, 'b'));
  assert.equal(new Set(stream(1, 'a')).size, 20);
});

test('uniform numbers fill [0, 1) evenly', () => {
  const values = draw(new RandomStream(3, 'u'), 'uniform', 40_000);
  const counts = new Array<number>(10).fill(0);
  for (const value of values) {
    assert.ok(value >= 0 && value < 1);
    counts[Math.floor(value * 10)] = (counts[Math.floor(value * 10)] ?? 0) + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 4000) < 300, String(counts));
});

test('normal numbers have the moments of the standard normal distribution', () => {
  const values = draw(new RandomStream(3, 'n'), 'normal', 40_000);
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  assert.ok(Math.abs(moment(1)) < 0.02);
  assert.ok(Math.abs(moment(2) - 1) < 0.03);
  assert.ok(Math.abs(moment(3)) < 0.1);
  assert.ok(Math.abs(moment(4) - 3) < 0.2);
});
