import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelledTokens, longestRow, RunInputs, splitIntoRuns } from './pack-rows.ts';

/** Rows of 3, 1, 4 and 6 tokens; the first token of each is labelled too, which never counts. */
const source = {
  rowCount: 4,
  ids: Int32Array.from({ length: 14 }, (_, token) => 100 + token),
  isLabelled: Uint8Array.from([1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1]),
  starts: Float64Array.of(0, 3, 4, 8, 14),
};

test('runs hold what fits; a longer row stands alone', () => {
  const runs = splitIntoRuns(source, [0, 1, 2, 3], 5);
  assert.deepEqual(
    runs.map(({ rows, tokens, labels }) => ({ rows, tokens, labels })),
    [
      { rows: [0, 1], tokens: 4, labels: 1 },
      { rows: [2], tokens: 4, labels: 3 },
      { rows: [3], tokens: 6, labels: 1 },
    ],
  );
  assert.equal(longestRow(source), 6);
});

test('a token counts as labelled only if one stands before it', () => {
  assert.equal(labelledTokens(source, 1), 0);
  assert.equal(labelledTokens(source, 2), 3);
});

test('inputs: rows end to end, positions from the virtual tokens on, targets one row ahead', () => {
  const inputs = new RunInputs(10, 2);
  const sizes = inputs.fill(source, { rows: [2, 0], tokens: 7, labels: 4 });
  assert.deepEqual(sizes, { tokens: 7, labels: 4, sequences: 2, sequenceBounds: 3 });
  assert.deepEqual([...inputs.ids.subarray(0, 7)], [104, 105, 106, 107, 100, 101, 102]);
  assert.deepEqual([...inputs.positions.subarray(0, 7)], [2, 3, 4, 5, 2, 3, 4]);
  assert.deepEqual([...inputs.sequenceStarts.subarray(0, 3)], [0, 4, 7]);
  assert.deepEqual([...inputs.labelRows.subarray(0, 4)], [0, 1, 2, 5]);
  assert.deepEqual([...inputs.targets.subarray(0, 4)], [105, 106, 107, 102]);
});
