/** A clone that shares this one's set-up and has a command line of the test's own. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ownRoot } from './paths.mjs';
import { temporaryFolder } from './test-folder.ts';

/** Prints who and where it is, what it was given, and ends as the first argument says. */
const probe = `
const { pid, cwd, argv, version, env } = process;
const [kind, value] = (argv[2] ?? '').split('=');
console.log(JSON.stringify({ pid, cwd: cwd(), args: argv.slice(2), version, initCwd: env['INIT_CWD'] ?? null }));
if (kind === 'exit') process.exit(Number(value));
`;

export interface ProbeOutput {
  readonly pid: number;
  readonly cwd: string;
  readonly args: readonly string[];
  readonly version: string;
  readonly initCwd: string | null;
}

export function cloneWithProbe(context: TestContext): string {
  const root = join(temporaryFolder(context), 'clone of weft');
  for (const folder of ['bin', 'libs/engine', 'tools/bootstrap', 'tools/cli/src', 'deep/folder']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const path of ['bin/weft', 'package.json', 'package-lock.json', 'tools/bootstrap/src']) {
    cpSync(join(ownRoot, path), join(root, path), { recursive: true });
  }
  for (const path of ['node_modules', 'libs/engine/native'])
    symlinkSync(join(ownRoot, path), join(root, path));
  writeFileSync(join(root, 'tools/cli/src/main.ts'), probe);
  return root;
}
