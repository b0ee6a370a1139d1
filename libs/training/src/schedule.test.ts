import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultRecipe } from './recipe.ts';
import { learningRateAt } from './schedule.ts';

const rates = (recipe: Partial<typeof defaultRecipe>, total = 10): readonly number[] =>
  Array.from({ length: total }, (_, step) =>
    learningRateAt({ ...defaultRecipe, learningRate: 1, ...recipe }, step, total),
  );

test('linear falls to zero over all steps', () => {
  assert.deepEqual(rates({}, 4), [1, 0.75, 0.5, 0.25]);
});

test('warm-up rises from zero, then the schedule begins', () => {
  assert.deepEqual(rates({ warmupSteps: 2 }, 4), [0, 0.5, 1, 0.5]);
  assert.deepEqual(rates({ warmupSteps: 2, schedule: 'constant' }, 4), [0, 0.5, 1, 1]);
});

test('cosine is half a period', () => {
  const [first, , middle] = rates({ schedule: 'cosine' }, 4);
  assert.equal(first, 1);
  assert.ok(Math.abs((middle ?? 0) - 0.5) < 1e-12);
});
