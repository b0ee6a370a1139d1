import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileLock } from './file-lock.ts';
import { currentProcess } from './process-identity.ts';
import { temporaryCache } from './testing/fixtures.ts';

const signal = new AbortController().signal;
const options = { signal, pollMs: 2, now: Date.now };

test('one holder at a time', async () => {
  await using cache = await temporaryCache();
  const path = join(cache.home, 'a.lock');
  let holders = 0;
  let most = 0;
  const hold = async () => {
    await using _lock = await FileLock.acquire(path, options);
    holders += 1;
    most = Math.max(most, holders);
    await new Promise((resolve) => setTimeout(resolve, 3));
    holders -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, hold));
  assert.equal(most, 1);
  assert.deepEqual(await cache.files(), []);
});

test('who waits is told by whom, once, and may stop', async () => {
  await using cache = await temporaryCache();
  const path = join(cache.home, 'a.lock');
  await using _held = await FileLock.acquire(path, options);
  const told: number[] = [];
  const stop = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => stop.abort(reason), 30);
  const waiting = FileLock.acquire(path, {
    ...options,
    signal: stop.signal,
    onWait: (pid) => told.push(pid),
  });
  await assert.rejects(waiting, reason);
  assert.deepEqual(told, [process.pid]);
});

test('a lock of a process that is gone is taken over, also by many at once', async () => {
  await using cache = await temporaryCache();
  const path = join(cache.home, 'a.lock');
  const child = spawn(process.execPath, ['--eval', '0']);
  await once(child, 'exit');
  await writeFile(path, JSON.stringify({ ...(await currentProcess()), pid: child.pid, nonce: 'x' }));
  let holders = 0;
  const hold = async () => {
    await using _lock = await FileLock.acquire(path, options);
    holders += 1;
    assert.equal(holders, 1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    holders -= 1;
  };
  await Promise.all(Array.from({ length: 6 }, hold));
});

test('a lock of an earlier process with this id is taken over', async () => {
  await using cache = await temporaryCache();
  const path = join(cache.home, 'a.lock');
  await writeFile(path, JSON.stringify({ ...(await currentProcess()), startedAt: '1' }));
  await using _lock = await FileLock.acquire(path, options);
  assert.equal(JSON.parse(await readFile(path, 'utf8')).startedAt, (await currentProcess()).startedAt);
});

test('a lock of another machine counts until it has been silent for a minute', async () => {
  await using cache = await temporaryCache();
  const path = join(cache.home, 'a.lock');
  await writeFile(path, JSON.stringify({ machine: 'elsewhere', pid: 1, startedAt: '1' }));
  await utimes(path, 1000, 1000);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 30);
  const early = { ...options, now: () => 1_059_000 };
  await assert.rejects(FileLock.acquire(path, { ...early, signal: stop.signal }));
  await using _lock = await FileLock.acquire(path, { ...options, now: () => 1_061_000 });
});

test('a lock file with anything else in it is outlived too', async () => {
  for (const text of ['', 'null', '{"pid": "x"}']) {
    await using cache = await temporaryCache();
    const path = join(cache.home, 'a.lock');
    await writeFile(path, text);
    const { mtimeMs } = await stat(path);
    await using _lock = await FileLock.acquire(path, { ...options, now: () => mtimeMs + 61_000 });
  }
});

test('letting go does not remove the lock of a successor', async () => {
  await using cache = await temporaryCache();
  const path = join(cache.home, 'a.lock');
  {
    await using _lock = await FileLock.acquire(path, options);
    await writeFile(path, 'of another');
  }
  assert.equal(await readFile(path, 'utf8'), 'of another');
});
