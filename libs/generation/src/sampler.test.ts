import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sampler } from './sampler.ts';
import { greedy } from './sampling-options.ts';

const logits = (): Float32Array => Float32Array.of(0, 1, 2, 3);

function counts(options: Partial<typeof greedy>, draws = 20_000): readonly number[] {
  const sampler = new Sampler({ ...greedy, temperature: 1, ...options });
  const seen = [0, 0, 0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const id = sampler.choose(logits(), []);
    seen[id] = (seen[id] ?? 0) + 1;
  }
  return seen.map((count) => count / draws);
}

test('temperature 0 takes the most likely token', () => {
  assert.equal(new Sampler(greedy).choose(logits(), []), 3);
});

test('draws follow the softmax', () => {
  const weights = [0, 1, 2, 3].map(Math.exp);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  counts({}).forEach((share, id) => {
    assert.ok(Math.abs(share - (weights[id] ?? 0) / total) < 0.02, `token ${id}: ${share}`);
  });
});

test('top-k, top-p and min-p leave only what they say', () => {
  assert.deepEqual(counts({ topK: 1 }, 50), [0, 0, 0, 1]);
  assert.deepEqual(counts({ topP: 0.6 }, 50), [0, 0, 0, 1]);
  assert.equal(counts({ topP: 0.7 }, 2000)[1], 0);
  assert.ok((counts({ topP: 0.7 }, 2000)[2] ?? 0) > 0.1);
  assert.equal(counts({ minP: 0.2 }, 2000)[1], 0);
});

test('the same seed draws the same tokens', () => {
  assert.deepEqual(counts({ seed: 5 }, 100), counts({ seed: 5 }, 100));
  assert.notDeepEqual(counts({ seed: 5 }, 100), counts({ seed: 6 }, 100));
});

test('the repetition penalty divides positive logits and multiplies negative ones', () => {
  const sampler = new Sampler({ ...greedy, repetitionPenalty: 2 });
  assert.equal(sampler.choose(logits(), [3]), 2);
  assert.equal(sampler.choose(Float32Array.of(-1, -1.5), [0]), 1);
});
