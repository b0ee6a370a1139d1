/** A `python3` for the PATH of a test, which knows `-m pip download` alone. */

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes `folder/bin/<program>`, a shell script, and returns the PATH that has nothing else. */
export async function putOnPath(folder: string, program: string, script: string): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, program), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, program), 0o755);
  return bin;
}

/** Notes its arguments in `<wheel>.calls` and copies the wheel into the folder after `--dest`. */
export function copyingPip(wheel: string): string {
  return [
    `echo "$*" >> '${wheel}.calls'`,
    'while [ "$1" != --dest ]; do shift; done',
    `/bin/cp '${wheel}' "$TMPDIR/partial.whl" && /bin/mv "$TMPDIR/partial.whl" "$2/tiny-1.0-py3-none-any.whl"`,
  ].join('\n');
}
