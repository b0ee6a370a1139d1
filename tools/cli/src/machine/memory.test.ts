import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { requireMemory } from '../runs/estimate-run.ts';
import { availableMemory } from './memory.ts';

test('some memory can be had, and no more than there is', async () => {
  const bytes = await availableMemory();
  assert.ok(bytes > 1e6 && bytes <= totalmem(), String(bytes));
});

test('a run that cannot fit is refused as a fault of the machine', async () => {
  const parts = { weights: 1e15, activations: 0, parameters: 0, loss: 0, process: 0 };
  await assert.rejects(
    requireMemory({ memory: parts, peakBytes: 1e15, flops: 0 }),
    (error) => isWeftError(error) && error.kind === 'machine' && error.code === 'MEMORY_SHORT',
  );
  await requireMemory({ memory: parts, peakBytes: 1e6, flops: 0 });
});
