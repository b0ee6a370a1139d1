/** The engine's native tests, once as they are and once under the address and undefined-behaviour sanitizers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOfFolder, readStamp, writeStamp } from '../digest.mjs';
import { buildFacts, buildNative } from './cmake-build.mjs';

/** @typedef {import('../paths.mjs').Paths} Paths */

/**
 * @param {string} title
 * @param {{ readonly folder: (paths: Paths) => string, readonly name: string, readonly definitions: readonly string[] }} kind
 * @returns {import('./step.mjs').Step}
 */
function testBuild(title, kind) {
  const target = 'weft_native_tests';
  /** @param {Paths} paths */
  const stampOf = (paths) => join(kind.folder(paths), `${target}.stamp`);
  /** @param {Paths} paths */
  const inputsOf = (paths) =>
    digestOfFolder(paths.native, { skipped: ['build', 'bridge', 'bench'], facts: buildFacts() });
  return {
    title,
    isCurrent({ paths }) {
      return existsSync(join(kind.folder(paths), target)) && readStamp(stampOf(paths)) === inputsOf(paths);
    },
    async perform(context) {
      const folder = kind.folder(context.paths);
      const inputs = inputsOf(context.paths);
      const definitions = ['-DWEFT_TESTS=ON', ...kind.definitions];
      await buildNative(context, { folder, name: kind.name, definitions, targets: [target] });
      writeStamp(stampOf(context.paths), inputs);
    },
  };
}

export const nativeTests = testBuild('native tests (CMake)', {
  folder: (paths) => paths.nativeBuild,
  name: 'native-tests',
  definitions: [],
});

export const sanitizedTests = testBuild('native tests under sanitizers (CMake)', {
  folder: (paths) => paths.sanitizedBuild,
  name: 'native-sanitized',
  definitions: ['-DWEFT_ADDON=OFF', '-DWEFT_SANITIZE=address,undefined'],
});
