import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderBatches } from './batch-order.ts';
import { defaultRecipe } from './recipe.ts';

const recipe = { ...defaultRecipe, batchSize: 3, gradientAccumulationSteps: 2, epochs: 2 };

function rowsOfAll(order: ReturnType<typeof orderBatches>): readonly number[][] {
  return Array.from({ length: order.totalSteps }, (_, step) => [...order.rowsOf(step)]);
}

test('every epoch sees every row once, the last step being shorter', () => {
  const order = orderBatches(14, recipe);
  assert.equal(order.stepsPerEpoch, 3);
  assert.equal(order.totalSteps, 6);
  const steps = rowsOfAll(order);
  assert.deepEqual(
    steps.map((rows) => rows.length),
    [6, 6, 2, 6, 6, 2],
  );
  for (const epoch of [steps.slice(0, 3), steps.slice(3)]) {
    assert.deepEqual(
      epoch.flat().toSorted((a, b) => a - b),
      Array.from({ length: 14 }, (_, row) => row),
    );
  }
  assert.notDeepEqual(steps[0], steps[3]);
});

test('without shuffling rows keep the order of the file', () => {
  const steps = rowsOfAll(orderBatches(8, { ...recipe, shuffle: false, epochs: 1 }));
  assert.deepEqual(steps, [
    [0, 1, 2, 3, 4, 5],
    [6, 7],
  ]);
});

test('the order is a function of the seed alone, whatever step is asked for first', () => {
  const forwards = orderBatches(20, recipe);
  const backwards = orderBatches(20, recipe);
  const last = [...backwards.rowsOf(6)];
  assert.deepEqual([...backwards.rowsOf(0)], [...forwards.rowsOf(0)]);
  assert.deepEqual(last, [...forwards.rowsOf(6)]);
  assert.notDeepEqual([...orderBatches(20, { ...recipe, seed: 1 }).rowsOf(0)], [...forwards.rowsOf(0)]);
});

test('maxSteps overrides epochs and goes round again', () => {
  const order = orderBatches(6, { ...recipe, maxSteps: 5 });
  assert.equal(order.totalSteps, 5);
  assert.equal(order.rowsOf(4).length, 6);
  assert.equal(order.epochsAfter(5), 5);
});
