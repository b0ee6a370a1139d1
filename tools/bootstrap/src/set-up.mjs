/** Brings a clone to where its commands can run: the steps in order, each done only if it is not current. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from './lock.mjs';
import { say, showStep } from './report.mjs';
import { SetupFailure } from './setup-failure.mjs';
import { native } from './steps/native.mjs';
import { nativeTests, sanitizedTests } from './steps/native-tests.mjs';
import { node } from './steps/node.mjs';
import { onnxRuntime } from './steps/onnx-runtime.mjs';
import { packages } from './steps/packages.mjs';

/** @typedef {import('./paths.mjs').Paths} Paths */
/** @typedef {import('./steps/step.mjs').Step} Step */

const running = [packages, node, native];

/** What each purpose needs. @satisfies {Readonly<Record<string, readonly Step[]>>} */
const plans = {
  run: running,
  check: [packages, node],
  native: running,
  test: [...running, onnxRuntime],
  'native-tests': [packages, node, nativeTests, sanitizedTests],
};

/** @typedef {keyof typeof plans} Purpose */

const silent = () => {};

/** @param {Purpose} purpose @param {Paths} paths */
export function isSetUp(purpose, paths) {
  return plans[purpose].every((step) => step.isCurrent({ paths, progress: silent }));
}

/** @param {Paths} paths */
function requireWritable(paths) {
  try {
    mkdirSync(paths.state, { recursive: true });
    for (const folder of [paths.root, paths.state]) accessSync(folder, constants.W_OK);
  } catch {
    throw new SetupFailure({
      step: 'set-up',
      what: `${paths.root} cannot be written`,
      remedy: 'Run the command as the owner of this clone',
    });
  }
}

/** @param {Step} step @param {{ readonly paths: Paths, readonly lock: import('./lock.mjs').Lock }} context */
async function perform(step, context) {
  const shown = showStep(step.title);
  try {
    await step.perform({ ...context, progress: shown.progress });
    shown.done();
  } catch (error) {
    shown.failed();
    throw error;
  }
}

/**
 * Returns at once, and silently, if nothing is to be done.
 * @param {Purpose} purpose
 * @param {Paths} paths
 */
export async function setUp(purpose, paths) {
  if (isSetUp(purpose, paths)) return;
  requireWritable(paths);
  const lock = await takeLock(join(paths.state, 'lock'), (pid) =>
    say(`waiting for another set-up (process ${pid})`),
  );
  try {
    for (const step of plans[purpose]) {
      if (step.isCurrent({ paths, progress: silent })) say(`${step.title}: up to date`);
      else await perform(step, { paths, lock });
    }
  } finally {
    lock.release();
  }
}
