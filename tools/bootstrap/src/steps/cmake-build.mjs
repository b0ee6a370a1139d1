/** Configures and builds one CMake folder of the engine. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execute, lastLines, reasonIn } from '../execute.mjs';
import { findNode } from '../paths.mjs';
import { SetupFailure } from '../setup-failure.mjs';
import { requireBuildTools } from './build-tools.mjs';

/** @typedef {import('./step.mjs').Context} Context */

/**
 * @typedef {object} CMakeBuild
 * @property {string} folder
 * @property {string} name of the log
 * @property {readonly string[]} definitions
 * @property {readonly string[]} targets
 */

/** What decides the result beside the sources. */
export function buildFacts() {
  return [
    process.env['WEFT_WERROR'] === '1',
    process.env['WEFT_ONEDNN'] ?? 'auto',
    process.env['CXX'] ?? '',
    process.arch,
  ];
}

/** Definitions that every build of the engine shares. @param {import('../paths.mjs').Paths} paths */
export function commonDefinitions(paths) {
  return [
    `-DWEFT_WERROR=${process.env['WEFT_WERROR'] === '1' ? 'ON' : 'OFF'}`,
    `-DWEFT_ONEDNN=${process.env['WEFT_ONEDNN'] === 'off' ? 'off' : 'auto'}`,
    `-DWEFT_NODE_INCLUDE=${findNode(paths)?.include ?? ''}`,
    `-DWEFT_NODE_ADDON_API=${join(paths.modules, 'node-addon-api')}`,
  ];
}

/** A folder configured elsewhere or for another generator cannot be configured again. @param {CMakeBuild} build @param {readonly string[]} generator @param {string} source */
function isForeign(build, generator, source) {
  const cache = join(build.folder, 'CMakeCache.txt');
  if (!existsSync(cache)) return false;
  const text = readFileSync(cache, 'utf8');
  return (
    !text.includes(`CMAKE_GENERATOR:INTERNAL=${generator[1]}\n`) ||
    !text.includes(`CMAKE_HOME_DIRECTORY:INTERNAL=${source}\n`)
  );
}

/** Empties the folder but for builds nested in it. @param {string} folder */
function empty(folder) {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name !== 'sanitized') rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** @param {Context} context @param {string} log */
function failure(context, log) {
  if (process.env['CI'] !== undefined) process.stderr.write(`${lastLines(log, 60)}\n`);
  return new SetupFailure({
    step: 'native build',
    what: reasonIn(log).replace(`${context.paths.root}/`, ''),
    remedy: `The whole output is in ${log}`,
  });
}

/**
 * @param {Context} context
 * @param {CMakeBuild} build
 */
export async function buildNative(context, build) {
  const { paths } = context;
  const log = join(paths.state, `${build.name}.log`);
  const tools = await requireBuildTools(context);
  rmSync(log, { force: true });
  // A build that is killed may leave half an object that looks finished.
  const unfinished = join(build.folder, '.unfinished');
  if (existsSync(unfinished) || isForeign(build, tools.generator, paths.native)) empty(build.folder);
  mkdirSync(build.folder, { recursive: true });
  writeFileSync(unfinished, '');

  const options = {
    log,
    ...(context.lock && { lock: context.lock }),
    onOutput: (/** @type {string} */ text) => {
      const percent = /^\[ *(\d+%|\d+\/\d+)\]/m.exec(text)?.[1];
      if (percent !== undefined) context.progress(percent);
    },
  };
  const configure = [
    ...tools.generator,
    '-S',
    paths.native,
    '-B',
    build.folder,
    ...commonDefinitions(paths),
    ...build.definitions,
  ];
  const compile = [
    '--build',
    build.folder,
    '--parallel',
    String(availableParallelism()),
    '--target',
    ...build.targets,
  ];
  const succeeded =
    (await execute(tools.cmake, configure, options)) && (await execute(tools.cmake, compile, options));
  rmSync(unfinished, { force: true });
  if (!succeeded) throw failure(context, log);
}
