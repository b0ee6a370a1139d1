import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { listCheckpoints, loadCheckpoint, readCheckpointRecord, saveCheckpoint } from './checkpoint.ts';
import { FlatParameters } from './flat-parameters.ts';

const signal = new AbortController().signal;

function parameters(): FlatParameters {
  return new FlatParameters([
    { name: 'bias', shape: [3], isDecayed: false },
    { name: 'a', shape: [2, 2], isDecayed: true },
  ]);
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-checkpoint-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('parameters and moments come back to the bit; only the newest are kept', () =>
  inFolder(async (folder) => {
    const saved = parameters();
    saved.values.set([1, 2, 3, 4, 5, 6, 0.1]);
    saved.firstMoments.fill(1e-30);
    saved.secondMoments.fill(3);
    for (const step of [1, 2, 10]) {
      await saveCheckpoint(saved, {
        folder,
        record: { step, fingerprint: {} },
        keep: 2,
        extra: async () => {},
      });
    }
    const kept = await listCheckpoints(folder);
    assert.deepEqual(
      kept.map(({ step }) => step),
      [10, 2],
    );
    const [newest] = kept;
    assert.ok(newest !== undefined);
    assert.equal((await readCheckpointRecord(newest.path)).step, 10);
    const loaded = parameters();
    await loadCheckpoint(newest.path, loaded, signal);
    assert.deepEqual(loaded.values, saved.values);
    assert.deepEqual(loaded.firstMoments, saved.firstMoments);
    assert.deepEqual(loaded.secondMoments, saved.secondMoments);
  }));

test('a checkpoint whose writing fails never counts', () =>
  inFolder(async (folder) => {
    const extra = async (): Promise<void> => {
      throw new Error('disk full');
    };
    const options = { folder, record: { step: 5, fingerprint: {} }, keep: 2, extra };
    await assert.rejects(saveCheckpoint(parameters(), options), /disk full/);
    assert.deepEqual(await listCheckpoints(folder), []);
  }));

test('a damaged checkpoint is refused by name', () =>
  inFolder(async (folder) => {
    const path = await saveCheckpoint(parameters(), {
      folder,
      record: { step: 1, fingerprint: {} },
      keep: 2,
      extra: async () => {},
    });
    writeFileSync(join(path, 'training-state.json'), '{');
    await assert.rejects(readCheckpointRecord(path), { code: 'CHECKPOINT_DAMAGED', field: path });
    const other = new FlatParameters([{ name: 'a', shape: [9], isDecayed: true }]);
    await assert.rejects(loadCheckpoint(path, other, signal), { code: 'CHECKPOINT_DAMAGED' });
  }));

test('decayed parameters lie first, so that one range of the flat array holds them', () => {
  const flat = parameters();
  assert.equal(flat.decayedCount, 4);
  flat.value('bias').fill(7);
  assert.deepEqual([...flat.values], [0, 0, 0, 0, 7, 7, 7]);
});
