import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { execute, reasonIn } from './execute.mjs';
import { identify, isAlive } from './process-identity.mjs';
import { temporaryFolder } from './test-folder.ts';

test('a failed command leaves its reason in the log', async (context) => {
  const log = join(temporaryFolder(context), 'deep/log');
  const script = 'echo start; echo "a.cc:1:2: error: no such thing" >&2; echo more; exit 3';
  assert.equal(await execute('sh', ['-c', script], { log }), false);
  assert.equal(reasonIn(log), 'a.cc:1:2: error: no such thing');
  assert.equal(await execute('no-such-program', [], { log }), false);
  assert.equal(await execute('true', [], { log }), true);
});

test('settings that npm run hands to its scripts do not reach an npm below', async (context) => {
  const log = join(temporaryFolder(context), 'log');
  process.env['npm_config_prefix'] = '/elsewhere';
  process.env['npm_config_cache'] = '/kept';
  context.after(() => {
    delete process.env['npm_config_prefix'];
    delete process.env['npm_config_cache'];
  });
  const script = 'test -z "$npm_config_prefix" && test "$npm_config_cache" = /kept';
  assert.equal(await execute('sh', ['-c', script], { log }), true);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends the whole group of the running command`, async (context) => {
    const log = join(temporaryFolder(context), 'log');
    const url = new URL('./execute.mjs', import.meta.url).href;
    const script = `
      import { execute } from ${JSON.stringify(url)};
      const onOutput = (text) => process.stdout.write(text);
      const options = { log: ${JSON.stringify(log)}, onOutput };
      const command = 'sleep 600 & echo $!; wait';
      await execute('sh', ['-c', command], options).catch((error) => process.exit(error.signal === '${signal}' ? 42 : 1));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(child.stdout, 'data');
    const sleeper = identify(Number(String(said)));
    assert.ok(isAlive(sleeper));
    child.kill(signal);
    assert.deepEqual(await once(child, 'exit'), [42, null]);
    while (isAlive(sleeper)) await sleep(10);
  });
}
