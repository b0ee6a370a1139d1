/** ONNX Runtime, the oracle of the engine's tests. Large, and needed by nobody who only fine-tunes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, readStamp, writeStamp } from '../digest.mjs';
import { installPackages } from './npm.mjs';

/** @typedef {import('../paths.mjs').Paths} Paths */

/** @param {Paths} paths */
const stampOf = (paths) => join(paths.onnxRuntime, 'node_modules/.cache/weft/packages');

/** @param {Paths} paths */
function inputsOf(paths) {
  const files = [join(paths.onnxRuntime, 'package-lock.json')];
  return digestOf(files, { root: paths.root, facts: [process.platform, process.arch] });
}

/** @type {import('./step.mjs').Step} */
export const onnxRuntime = {
  title: 'ONNX Runtime for the tests (npm ci, 291 MB)',
  isCurrent({ paths }) {
    const installed = join(paths.onnxRuntime, 'node_modules/onnxruntime-node/package.json');
    return existsSync(installed) && readStamp(stampOf(paths)) === inputsOf(paths);
  },
  async perform(context) {
    await installPackages(context, { folder: context.paths.onnxRuntime, name: 'onnx-runtime' });
    writeStamp(stampOf(context.paths), inputsOf(context.paths));
  },
};
