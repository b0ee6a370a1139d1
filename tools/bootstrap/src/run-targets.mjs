/** Runs targets of the projects by nx: locally cached, without daemon, cloud or terminal interface. */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { countTests } from './test-totals.mjs';

/** @typedef {import('./paths.mjs').Paths} Paths */

/** @param {Paths} paths @param {string} node */
function environment(paths, node) {
  const colours = process.stdout.isTTY === true ? {} : { FORCE_COLOR: '0', NO_COLOR: '1' };
  return {
    ...process.env,
    ...colours,
    // The commands of the targets say `node` and mean Node 24.
    PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}`,
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    NX_TUI: 'false',
    NX_NATIVE_FILE_CACHE_DIRECTORY: join(paths.root, '.nx/native'),
    NX_ISOLATE_PLUGINS: 'false',
  };
}

/** `engine` stands for `@weft/engine`. @param {readonly string[]} args */
function selection(args) {
  const names = args
    .filter((arg) => !arg.startsWith('-'))
    .map((name) => (name.startsWith('@') ? name : `@weft/${name}`));
  const options = args.filter((arg) => arg.startsWith('-'));
  return [...(names.length > 0 ? [`--projects=${names.join(',')}`] : []), ...options];
}

/**
 * Returns the exit code. Arguments are names of projects (none: all) and options of nx.
 * @param {{ readonly paths: Paths, readonly node: string }} context
 * @param {readonly string[]} targets
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
export async function runTargets({ paths, node }, targets, args) {
  const nx = join(paths.modules, 'nx/dist/bin/nx.js');
  const flags = [
    '--targets',
    targets.join(','),
    '--outputStyle=static',
    '--nxBail=false',
    ...selection(args),
  ];
  const child = spawn(node, [nx, 'run-many', ...flags], {
    cwd: paths.root,
    env: environment(paths, node),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const counter = countTests();
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (/** @type {string} */ text) => {
    counter.read(text);
    process.stdout.write(text);
  });
  /** @type {readonly NodeJS.Signals[]} */
  const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of endings) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve) => child.on('close', (exitCode) => resolve(exitCode ?? 1)));
  if (!targets.includes('test')) return code;
  const { pass, fail, skipped, reasons } = counter.end();
  for (const reason of reasons) process.stdout.write(`skipped: ${reason}\n`);
  process.stdout.write(`${pass} passed, ${fail} failed, ${skipped} skipped\n`);
  return code === 0 && fail > 0 ? 1 : code;
}
