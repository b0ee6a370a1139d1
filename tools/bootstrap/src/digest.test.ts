import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOfFolder, readStamp, writeStamp } from './digest.mjs';
import { temporaryFolder } from './test-folder.ts';

test('a digest follows contents, names and facts, and nothing that is skipped', (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'build'));
  mkdirSync(join(folder, 'cpu'));
  writeFileSync(join(folder, 'cpu/a.cc'), 'int a;');
  const digest = (facts: unknown = 1) => digestOfFolder(folder, { skipped: ['build'], facts });
  const first = digest();
  writeFileSync(join(folder, 'build/weft.node'), 'built');
  assert.equal(digest(), first);
  assert.notEqual(digest(2), first);
  writeFileSync(join(folder, 'cpu/a.cc'), 'int b;');
  const changed = digest();
  assert.notEqual(changed, first);
  renameSync(join(folder, 'cpu/a.cc'), join(folder, 'cpu/b.cc'));
  assert.notEqual(digest(), changed);
});

test('a stamp is read as it was written, and absent is null', (context) => {
  const stamp = join(temporaryFolder(context), 'deep/stamp');
  assert.equal(readStamp(stamp), null);
  writeStamp(stamp, 'abc');
  assert.equal(readStamp(stamp), 'abc');
});
