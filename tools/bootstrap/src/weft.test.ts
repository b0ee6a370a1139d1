import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownRoot, pathsOf } from './paths.mjs';
import { isSetUp } from './set-up.mjs';
import { cloneWithProbe, type ProbeOutput } from './test-clone.ts';

const skip = isSetUp('run', pathsOf(ownRoot)) ? false : 'this clone is not set up: npm run build';

test('bin/weft becomes Node 24, in the folder and with the arguments of its caller', {
  skip,
}, async (context) => {
  const root = cloneWithProbe(context);
  const cwd = join(root, 'deep/folder');
  const child = spawn(join(root, 'bin/weft'), ['a', 'b c', '', '*'], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = child.stdout.toArray();
  const [code] = await once(child, 'close');
  const output: ProbeOutput = JSON.parse(Buffer.concat(await said).toString());
  assert.equal(code, 0);
  assert.equal(
    output.pid,
    child.pid,
    "a process of its own would miss signals that are sent to the caller's",
  );
  assert.equal(output.cwd, cwd);
  assert.deepEqual(output.args, ['a', 'b c', '', '*']);
  assert.match(output.version, /^v24\./);
});

test('bin/weft gives the exit code, also through links', { skip }, (context) => {
  const root = cloneWithProbe(context);
  const links = join(root, 'links');
  mkdirSync(links);
  symlinkSync('../bin/weft', join(links, 'first'));
  symlinkSync(join(links, 'first'), join(links, 'weft'));
  for (const command of [join(root, 'bin/weft'), join(links, 'weft')]) {
    const { status, stderr } = spawnSync(command, ['exit=75'], { encoding: 'utf8' });
    assert.deepEqual({ status, stderr }, { status: 75, stderr: '' });
  }
  const env = { ...process.env, PATH: `${links}:${process.env['PATH']}` };
  assert.equal(spawnSync('weft', ['exit=3'], { env }).status, 3);
  assert.equal(spawnSync('sh', ['weft', 'exit=3'], { cwd: join(root, 'bin') }).status, 3);
});

test('node bin/weft runs the same command line', { skip }, (context) => {
  const root = cloneWithProbe(context);
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'bin/weft'), 'exit=2', 'x'], {
    encoding: 'utf8',
  });
  assert.equal(status, 2);
  assert.deepEqual(JSON.parse(stdout).args, ['exit=2', 'x']);
});

test('npm run weft prints the result alone and takes paths as the caller means them', { skip }, (context) => {
  const root = cloneWithProbe(context);
  const cwd = join(root, 'deep/folder');
  // npm itself must take this for a call by a user, not for one from a script.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD)/i.test(name)),
  );
  const npm = (...args: string[]) =>
    spawnSync('npm', ['run', '-s', 'weft', '--', ...args], { cwd, env, encoding: 'utf8' });
  const { status, stdout } = npm('tune', '--rank', '8');
  assert.equal(status, 0);
  const output: ProbeOutput = JSON.parse(stdout);
  assert.deepEqual(output.args, ['tune', '--rank', '8']);
  assert.equal(output.cwd, cwd);
  assert.equal(output.initCwd, null, 'a weft started by this one has a folder of its own');
  assert.equal(npm('exit=75').status, 75);
});

test('a set-up that fails says so in one line, on standard error alone, and ends by 4', {
  skip,
}, (context) => {
  const root = cloneWithProbe(context);
  rmSync(join(root, 'node_modules'));
  writeFileSync(join(root, 'package-lock.json'), '{ "lockfileVersion": ');
  const { status, stdout, stderr } = spawnSync(join(root, 'bin/weft'), [], { encoding: 'utf8' });
  assert.equal(status, 4);
  assert.equal(stdout, '');
  const failures = stderr.split('\n').filter((line) => line.includes('failed'));
  assert.equal(failures.length, 1, stderr);
  assert.match(failures[0] ?? '', /^weft set-up: npm ci \(packages\) failed: .+\. .+log: .+packages\.log$/);
  assert.deepEqual(readdirSync(join(root, 'build/bootstrap')), ['packages.log'], 'the lock is given back');
});
