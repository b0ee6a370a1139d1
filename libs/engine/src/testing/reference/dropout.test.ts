import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropout, philox } from './dropout.ts';
import { fill } from './matrix.ts';

test('Philox gives the known answers that its authors publish', () => {
  assert.deepEqual(philox([0n, 0n, 0n, 0n], [0n, 0n]), [0x6627e8d5n, 0xe169c58dn, 0xbc57ac4cn, 0x9b00dbd8n]);
  const ones = 0xffffffffn;
  assert.deepEqual(philox([ones, ones, ones, ones], [ones, ones]), [
    0x408f276dn,
    0x41c83b0en,
    0xa20bc7c6n,
    0x6d5451fdn,
  ]);
});

test('dropout keeps the asked share of a large array', () => {
  const x = fill(100, 128, () => 1);
  const seed = fill(1, 2, (_, column) => column);
  const [y] = dropout({ inputs: [x, seed], attributes: { probability: 0.25, stream: 3 }, rows: 0 });
  const kept = y?.data.filter((value) => value !== 0) ?? new Float64Array();
  assert.ok(Math.abs(kept.length / 12800 - 0.75) < 0.02);
  assert.ok(kept.every((value) => value === 1 / 0.75));
});
