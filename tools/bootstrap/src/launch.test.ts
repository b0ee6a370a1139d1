import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './process-identity.mjs';

const launchUrl = new URL('./launch.mjs', import.meta.url).href;

/** Counts the signals that it gets for a moment after the first, then exits with that count. */
const counting = `
  let count = 0;
  const timer = setInterval(() => {}, 1000);
  const onSignal = () => {
    if (++count === 1) setTimeout(() => process.exit(count), 300);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  console.log(process.pid);`;

const waiting = 'setInterval(() => {}, 1000); console.log(process.pid);';

/** Starts a program under supervision, in a process group like one that a terminal makes; waits until it runs. */
async function supervised(program: string) {
  const script = `import { supervise } from ${JSON.stringify(launchUrl)};
    supervise(process.execPath, ['-e', ${JSON.stringify(program)}]);`;
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: launcher.stdout }), 'line');
  assert.ok(launcher.pid !== undefined);
  return { launcher, pid: launcher.pid, program: identify(Number(line)) };
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} to the launcher reaches the program once, and the program's exit code comes back`, async () => {
    const { launcher } = await supervised(counting);
    launcher.kill(signal);
    assert.deepEqual(await once(launcher, 'exit'), [1, null]);
  });
}

test('a Ctrl-C, which a terminal sends to the whole group, reaches the program once', async () => {
  const { launcher, pid } = await supervised(counting);
  process.kill(-pid, 'SIGINT');
  assert.deepEqual(await once(launcher, 'exit'), [1, null]);
});

test('a program that dies by a signal takes the launcher with it by the same signal', async () => {
  const { launcher, program } = await supervised(waiting);
  process.kill(program.pid, 'SIGTERM');
  assert.deepEqual(await once(launcher, 'exit'), [null, 'SIGTERM']);
});

const skip = existsSync('/usr/bin/setpriv') ? false : 'setpriv is missing';

test('a launcher that is killed outright leaves no program behind', { skip }, async () => {
  const { launcher, program } = await supervised(waiting);
  launcher.kill('SIGKILL');
  await once(launcher, 'exit');
  while (isAlive(program)) await sleep(10);
});
