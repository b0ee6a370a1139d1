/** Runs the built native tests, plain and sanitized. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Returns the exit code.
 * @param {import('./paths.mjs').Paths} paths
 */
export function runNativeTests(paths) {
  const codes = [paths.nativeBuild, paths.sanitizedBuild].map((folder) => {
    const { status } = spawnSync(join(folder, 'weft_native_tests'), [], {
      cwd: paths.native,
      stdio: 'inherit',
    });
    return status ?? 1;
  });
  return Math.max(...codes);
}
