/** The engine's addon, libs/engine/native/build/weft.node. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOfFolder, readStamp, writeStamp } from '../digest.mjs';
import { buildFacts, buildNative } from './cmake-build.mjs';

/** @typedef {import('../paths.mjs').Paths} Paths */

/** @param {Paths} paths */
const stampOf = (paths) => join(paths.nativeBuild, 'weft.node.stamp');

/** @param {Paths} paths */
function inputsOf(paths) {
  return digestOfFolder(paths.native, { skipped: ['build', 'test', 'bench'], facts: buildFacts() });
}

/** @type {import('./step.mjs').Step} */
export const native = {
  title: 'native engine (CMake)',
  isCurrent({ paths }) {
    return existsSync(join(paths.nativeBuild, 'weft.node')) && readStamp(stampOf(paths)) === inputsOf(paths);
  },
  async perform(context) {
    const { paths } = context;
    const inputs = inputsOf(paths);
    await buildNative(context, {
      folder: paths.nativeBuild,
      name: 'native',
      definitions: [],
      targets: ['weft'],
    });
    writeStamp(stampOf(paths), inputs);
  },
};
