/**
 * What the native build needs beside a compiler: CMake, a program that it drives (make or ninja) and, where to be had,
 * oneDNN. Taken from the machine, by apt when root, else by pip into a private folder.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execute, reasonIn } from '../execute.mjs';
import { say } from '../report.mjs';
import { SetupFailure } from '../setup-failure.mjs';

/** @typedef {import('./step.mjs').Context} Context */

const wheels = ['cmake==3.31.10', 'ninja==1.13.0'];
const oldestCmake = { major: 3, minor: 20 };

/** @param {string} command @param {readonly string[]} [args] @returns {string | null} what it printed, null if it failed */
function ask(command, args = ['--version']) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout : null;
}

/** @param {string} command */
function isCmake(command) {
  const version = /cmake version (\d+)\.(\d+)/.exec(ask(command) ?? '');
  if (version === null) return false;
  const major = Number(version[1]);
  const minor = Number(version[2]);
  return major > oldestCmake.major || (major === oldestCmake.major && minor >= oldestCmake.minor);
}

/** @param {string} command */
const runs = (command) => ask(command) !== null;

/**
 * @typedef {object} BuildTools
 * @property {string} cmake
 * @property {readonly string[]} generator arguments that choose what CMake drives
 */

/** @param {Context} context @returns {{ cmake: string | null, generator: readonly string[] | null }} */
function findTools({ paths }) {
  const fetched = join(paths.state, 'tools');
  const cmake = ['cmake', join(fetched, 'cmake/data/bin/cmake')].find(isCmake) ?? null;
  if (runs('make')) return { cmake, generator: ['-G', 'Unix Makefiles'] };
  const ninja = ['ninja', join(fetched, 'bin/ninja')].find(runs);
  return { cmake, generator: ninja === undefined ? null : ['-G', 'Ninja', `-DCMAKE_MAKE_PROGRAM=${ninja}`] };
}

/** @returns {string} */
function requireCompiler() {
  const compiler = [process.env['CXX'], 'c++', 'g++', 'clang++'].find((name) => name && runs(name));
  if (compiler) return compiler;
  const install = process.platform === 'darwin' ? 'xcode-select --install' : 'apt-get install g++';
  throw new SetupFailure({
    step: 'native build',
    what: 'no C++ compiler was found',
    remedy: `Install one (${install}) or name it in CXX`,
  });
}

const mayUseApt = () => process.getuid?.() === 0 && runs('apt-get');

/** @param {Context} context @param {readonly string[]} names */
async function installByApt(context, names) {
  const log = join(context.paths.state, 'apt.log');
  const options = {
    log,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    ...(context.lock && { lock: context.lock }),
  };
  const waiting = ['-o', 'DPkg::Lock::Timeout=120'];
  context.progress(`apt-get install ${names.join(' ')}`);
  const install = ['install', '-y', '--no-install-recommends', ...waiting, ...names];
  if (await execute('apt-get', install, options)) return true;
  await execute('apt-get', ['update', ...waiting], options);
  return execute('apt-get', install, options);
}

/** @param {Context} context */
async function installByPip(context) {
  const log = join(context.paths.state, 'pip.log');
  rmSync(log, { force: true });
  const pip = [['python3', '-m', 'pip'], ['pip3'], ['pip']].find(([command = '', ...args]) =>
    ask(command, [...args, '--version']),
  );
  if (pip === undefined) return 'neither CMake nor pip was found';
  context.progress('pip: cmake and ninja');
  const target = join(context.paths.state, 'tools');
  rmSync(target, { recursive: true, force: true });
  const [command = '', ...leading] = pip;
  const flags = [
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--disable-pip-version-check',
    '--target',
    target,
  ];
  const options = { log, ...(context.lock && { lock: context.lock }) };
  if (await execute(command, [...leading, 'install', ...flags, ...wheels], options)) return null;
  return `pip could not install CMake (${reasonIn(log)})`;
}

/** oneDNN is welcome and never required: a machine without it says so and goes on. @param {Context} context */
async function offerOneDnn(context) {
  if (process.env['WEFT_ONEDNN'] === 'off' || !mayUseApt()) return;
  if (existsSync('/usr/include/dnnl.hpp') || (await installByApt(context, ['libdnnl-dev']))) return;
  say('oneDNN could not be installed by apt; our own products are used alone');
}

/**
 * @param {Context} context
 * @returns {Promise<BuildTools>}
 */
export async function requireBuildTools(context) {
  requireCompiler();
  await offerOneDnn(context);
  let tools = findTools(context);
  if (tools.cmake === null || tools.generator === null) {
    if (mayUseApt()) await installByApt(context, ['cmake', 'make']);
    tools = findTools(context);
  }
  let problem = null;
  if (tools.cmake === null || tools.generator === null) {
    problem = await installByPip(context);
    tools = findTools(context);
  }
  if (tools.cmake !== null && tools.generator !== null)
    return { cmake: tools.cmake, generator: tools.generator };
  throw new SetupFailure({
    step: 'native build',
    what: problem ?? 'CMake 3.20 or later and make or ninja were not found',
    remedy: 'Install them (apt-get install cmake make), then run the command again',
  });
}
