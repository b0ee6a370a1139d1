/** Hands over to Node 24: in place where this Node can, else as a child that gets every signal and gives the exit code. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';

/** @type {readonly NodeJS.Signals[]} */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGWINCH', 'SIGCONT', 'SIGTSTP'];

/** Ends the child if we are killed outright, which nothing else could tell it. */
const tether = '/usr/bin/setpriv';

/**
 * The child leads a session of its own: a Ctrl-C, which the terminal sends to a whole process group, then reaches it
 * through us alone, once.
 * @param {string} node
 * @param {readonly string[]} args
 */
export function supervise(node, args) {
  const tethered = process.platform === 'linux' && existsSync(tether);
  const [command, leading] = tethered ? [tether, ['--pdeathsig', 'KILL', node]] : [node, []];
  const child = spawn(command, [...leading, ...args], { stdio: 'inherit', detached: true });
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`weft: ${node} could not be started: ${error.message}\n`);
    process.exit(4);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // Where the signal does not end us, its usual code does.
    setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
  });
}

/**
 * Runs a script by Node 24; does not return.
 * @param {string} node
 * @param {readonly string[]} args
 */
export function handOver(node, args) {
  const { execve } =
    /** @type {{ execve?: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => void }} */ (
      process
    );
  if (execve === undefined) supervise(node, args);
  else execve.call(process, node, [node, ...args], process.env);
}
