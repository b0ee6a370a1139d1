/** Node 24, which runs everything after the set-up. It came with the packages; here it is tried once. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readStamp, writeStamp } from '../digest.mjs';
import { findNode } from '../paths.mjs';
import { SetupFailure } from '../setup-failure.mjs';

/** @typedef {import('../paths.mjs').Paths} Paths */

/** @param {Paths} paths */
const stampOf = (paths) => join(paths.modules, '.cache/weft/node');

/** @param {string} what @param {string} remedy */
const failure = (what, remedy) => new SetupFailure({ step: 'Node 24', what, remedy });

/** @type {import('./step.mjs').Step} */
export const node = {
  title: 'Node 24',
  isCurrent({ paths }) {
    const found = findNode(paths);
    return found !== null && readStamp(stampOf(paths)) === relative(paths.root, found.node);
  },
  async perform({ paths }) {
    const found = findNode(paths);
    if (found === null) {
      const name = `node-${process.platform}-${process.arch}`;
      throw failure(`no package ${name} was installed`, 'Run Weft with a Node 24 of your own in the PATH');
    }
    const tried = spawnSync(found.node, ['--version'], { encoding: 'utf8' });
    if (!/^v2[4-9]\./.test(tried.stdout ?? '')) {
      const said = tried.error?.message ?? (tried.stderr || tried.stdout).trim().split('\n')[0];
      throw failure(
        `${found.node} does not run here (${said})`,
        'A C library like that of Debian 11 or later is needed',
      );
    }
    if (!existsSync(join(found.include, 'node_api.h'))) {
      throw failure(`${found.include} lacks node_api.h`, 'Delete node_modules and run the command again');
    }
    writeStamp(stampOf(paths), relative(paths.root, found.node));
  },
};
