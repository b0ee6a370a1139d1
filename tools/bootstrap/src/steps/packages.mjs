/** The packages of all workspaces, by `npm ci`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, readStamp, writeStamp } from '../digest.mjs';
import { isInstalled } from './lockfile.mjs';
import { installPackages } from './npm.mjs';

/** @typedef {import('../paths.mjs').Paths} Paths */

/** Inside node_modules, which npm ci empties first: an installation that was cut off leaves no stamp. @param {Paths} paths */
const stampOf = (paths) => join(paths.modules, '.cache/weft/packages');

/** @param {Paths} paths */
function inputsOf(paths) {
  const files = [join(paths.root, 'package-lock.json')];
  return digestOf(files, { root: paths.root, facts: [process.platform, process.arch] });
}

/** npm passes over an optional package that it cannot download, yet without its Node nothing runs. @param {Paths} paths */
function lacksNode(paths) {
  const name = `node_modules/node-${process.platform}-${process.arch}`;
  const lockfile = JSON.parse(readFileSync(join(paths.root, 'package-lock.json'), 'utf8'));
  return lockfile.packages?.[name] !== undefined && !existsSync(join(paths.root, name, 'bin/node'));
}

/** @type {import('./step.mjs').Step} */
export const packages = {
  title: 'packages (npm ci)',
  isCurrent({ paths }) {
    const installed = join(paths.modules, '.package-lock.json');
    const inputs = inputsOf(paths);
    if (!existsSync(installed) || lacksNode(paths)) return false;
    if (readStamp(stampOf(paths)) === inputs) return true;
    if (!isInstalled(join(paths.root, 'package-lock.json'), installed)) return false;
    writeStamp(stampOf(paths), inputs);
    return true;
  },
  async perform(context) {
    await installPackages(context, { folder: context.paths.root, name: 'packages' });
    writeStamp(stampOf(context.paths), inputsOf(context.paths));
  },
};
