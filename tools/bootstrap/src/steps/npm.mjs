/** `npm ci`, with nothing run that a dependency brings along. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execute, reasonIn } from '../execute.mjs';
import { SetupFailure } from '../setup-failure.mjs';

const flags = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--loglevel=error',
  '--include=dev',
  '--include=optional',
];

/** The npm that started us, or the one of the path. @returns {readonly [string, readonly string[]]} */
function npmCommand() {
  const script = process.env['npm_execpath'];
  return script?.endsWith('npm-cli.js') ? [process.execPath, [script]] : ['npm', []];
}

/**
 * @param {import('./step.mjs').Context} context
 * @param {{ readonly folder: string, readonly name: string }} target folder of package.json and package-lock.json
 */
export async function installPackages(context, target) {
  const log = join(context.paths.state, `${target.name}.log`);
  rmSync(log, { force: true });
  const [command, leading] = npmCommand();
  const succeeded = await execute(command, [...leading, 'ci', ...flags, '--prefix', target.folder], {
    cwd: target.folder,
    log,
    ...(context.lock && { lock: context.lock }),
  });
  if (succeeded) return;
  throw new SetupFailure({
    step: `npm ci (${target.name})`,
    what: reasonIn(log),
    remedy: `Check the network, the disk and npm's registry setting, then run the command again; log: ${log}`,
  });
}
