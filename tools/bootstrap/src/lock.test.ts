import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeLock } from './lock.mjs';
import { identify, isAlive } from './process-identity.mjs';
import { temporaryFolder } from './test-folder.ts';

const lockUrl = new URL('./lock.mjs', import.meta.url).href;

/** Runs a module's text with `takeLock` and `path` at hand. */
function runScript(path: string, body: string): ChildProcess {
  const script = `
    import { appendFileSync } from 'node:fs';
    import { spawn } from 'node:child_process';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { takeLock } from ${JSON.stringify(lockUrl)};
    const path = ${JSON.stringify(path)};
    ${body}`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('only one process at a time is inside', async (context) => {
  const folder = temporaryFolder(context);
  const trace = join(folder, 'trace');
  writeFileSync(trace, '');
  const body = `
    for (let i = 0; i < 3; i++) {
      const lock = await takeLock(path, () => {});
      appendFileSync(${JSON.stringify(trace)}, 'in ');
      await sleep(20);
      appendFileSync(${JSON.stringify(trace)}, 'out ');
      lock.release();
    }`;
  const workers = [1, 2, 3].map(() => runScript(join(folder, 'lock'), body));
  const codes = await Promise.all(workers.map(async (worker) => (await once(worker, 'exit'))[0]));
  assert.deepEqual(codes, [0, 0, 0]);
  assert.equal(readFileSync(trace, 'utf8'), 'in out '.repeat(9));
});

test('a killed holder loses the lock, and what it left running is ended', async (context) => {
  const path = join(temporaryFolder(context), 'lock');
  const holder = runScript(
    path,
    `const lock = await takeLock(path, () => {});
     const left = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
     lock.setChild(left.pid);
     console.log(left.pid);
     await sleep(600_000);`,
  );
  assert.ok(holder.stdout);
  const [said] = await once(holder.stdout, 'data');
  const left = identify(Number(String(said)));
  assert.ok(isAlive(left));
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = await takeLock(path, () => assert.fail('there is nobody to wait for'));
  assert.ok(!isAlive(left));
  lock.release();
  assert.ok(!existsSync(path));
});

test('a process that got the id of a dead holder does not count as the holder', async (context) => {
  const path = join(temporaryFolder(context), 'lock');
  writeFileSync(path, JSON.stringify({ holder: { pid: process.pid, start: 'another time' }, child: null }));
  const lock = await takeLock(path, () => assert.fail('there is nobody to wait for'));
  assert.match(readFileSync(path, 'utf8'), new RegExp(`"pid":${process.pid}`));
  lock.release();
});
