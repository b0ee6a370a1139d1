/**
 * The entry of every npm script and of bin/weft, for the Node that the machine has (20 or later) and with nothing
 * installed: sets the clone up as far as the command needs, then runs it by Node 24.
 */
import { join } from 'node:path';
import { handOver } from './launch.mjs';
import { runNativeTests } from './native-test-run.mjs';
import { findNode, ownRoot, pathsOf } from './paths.mjs';
import { say } from './report.mjs';
import { runTargets } from './run-targets.mjs';
import { isSetUp, setUp } from './set-up.mjs';
import { Interrupted, SetupFailure } from './setup-failure.mjs';

/** Exit code of the command line for a fault of the machine. */
const machineFault = 4;

const paths = pathsOf(ownRoot);

function nodeOrThrow() {
  const found = findNode(paths);
  if (found === null) throw new Error('Node 24 is missing after the set-up');
  return found.node;
}

/** @param {readonly string[]} targets @param {import('./set-up.mjs').Purpose} purpose */
function targetCommand(targets, purpose) {
  return async (/** @type {readonly string[]} */ args) => {
    await setUp(purpose, paths);
    process.exitCode = await runTargets({ paths, node: nodeOrThrow() }, targets, args);
  };
}

/** @param {string} script */
function scriptCommand(script) {
  return async (/** @type {readonly string[]} */ args) => {
    await setUp('run', paths);
    handOver(nodeOrThrow(), [join(paths.root, script), ...args]);
  };
}

/** @type {Readonly<Record<string, (args: readonly string[]) => Promise<void>>>} */
const commands = {
  weft: scriptCommand('tools/cli/src/main.ts'),
  bench: scriptCommand('tools/bench/src/main.ts'),
  test: targetCommand(['build', 'typecheck', 'lint', 'test'], 'test'),
  typecheck: targetCommand(['typecheck'], 'check'),
  lint: targetCommand(['lint'], 'check'),
  build: targetCommand(['build'], 'native'),
  'set-up': () => setUp('run', paths),
  native: () => setUp('native', paths),
  'native-tests': async () => {
    await setUp('native-tests', paths);
    process.exitCode = runNativeTests(paths);
  },
  // Prints the Node to continue with if nothing is left to set up, for a caller that can replace itself.
  'ready-node': async () => {
    if (isSetUp('run', paths)) process.stdout.write(`${nodeOrThrow()}\n`);
    else process.exitCode = 1;
  },
};

const [name = '', ...args] = process.argv.slice(2);

try {
  const command = commands[name];
  if (command === undefined) throw new Error(`unknown command ${JSON.stringify(name)}`);
  await command(args);
} catch (error) {
  if (error instanceof Interrupted) process.kill(process.pid, error.signal);
  else if (error instanceof SetupFailure) {
    say(error.message);
    process.exitCode = machineFault;
  } else throw error;
}
