/** Runs the commands of the set-up: output into a log, the end of the whole process group with us. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Interrupted } from './setup-failure.mjs';

/** @type {readonly NodeJS.Signals[]} */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const patienceMs = 5000;

// What `npm run` tells its scripts about itself would make an npm below it install elsewhere, or other things.
const inheritedSettings =
  /^npm_(config_(prefix|local_prefix|global|global_prefix|workspaces?|omit|include|only|dry_run|production|package_lock_only)|lifecycle_.*|package_.*)$/i;

function cleanEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inheritedSettings.test(name)));
}

/** @param {number | undefined} leader @param {NodeJS.Signals} signal */
function signalGroup(leader, signal) {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // The group has ended by itself.
  }
}

/**
 * @typedef {object} Execution
 * @property {string} log file that takes the output
 * @property {string} [cwd]
 * @property {Readonly<Record<string, string>>} [env] added to the environment
 * @property {(text: string) => void} [onOutput]
 * @property {import('./lock.mjs').Lock} [lock]
 */

/**
 * Runs a command to its end and returns whether it succeeded. It gets a process group of its own, so that a signal to
 * us ends all that it started, once.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Execution} options
 * @returns {Promise<boolean>}
 */
export async function execute(command, args, options) {
  mkdirSync(dirname(options.log), { recursive: true });
  const log = openSync(options.log, 'a');
  writeSync(log, `$ ${[command, ...args].join(' ')}\n`);
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) options.lock?.setChild(child.pid);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (/** @type {Buffer} */ chunk) => {
      writeSync(log, chunk);
      options.onOutput?.(chunk.toString('utf8'));
    });
  }
  /** @type {NodeJS.Signals | null} */
  let stoppedBy = null;
  const handlers = endings.map((signal) => {
    const handler = () => {
      stoppedBy = signal;
      // Background jobs of a shell ignore SIGINT; what ignores SIGTERM too is not waited for.
      signalGroup(child.pid, 'SIGTERM');
      setTimeout(() => signalGroup(child.pid, 'SIGKILL'), patienceMs).unref();
    };
    process.on(signal, handler);
    return /** @type {const} */ ([signal, handler]);
  });
  try {
    const succeeded = await new Promise((resolve) => {
      child.on('error', (error) => {
        writeSync(log, `${error.message}\n`);
        resolve(false);
      });
      child.on('close', (code) => resolve(code === 0));
    });
    if (stoppedBy !== null) throw new Interrupted(stoppedBy);
    return succeeded;
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
    closeSync(log);
    options.lock?.setChild(null);
  }
}

/**
 * The line of a log that says best why a command failed: the first that a compiler, npm or pip marked as an error.
 * @param {string} log
 */
export function reasonIn(log) {
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('$ '));
  const marked = lines.find((line) =>
    /(^npm error (?!code)|\berror: |^CMake Error|^E: |ENOENT|ENOSPC)/i.test(line),
  );
  return (marked ?? lines.pop() ?? 'no output').slice(0, 300);
}

/** @param {string} log @param {number} count */
export function lastLines(log, count) {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}
