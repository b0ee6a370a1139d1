/** The repository as the checks see it: its own files, not what was built or installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

const notOurs = new Set([
  '.git',
  '.nx',
  '.weft',
  '.venv',
  'node_modules',
  'build',
  'dist',
  'coverage',
  '__pycache__',
]);

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !notOurs.has(entry.name))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

/** Paths relative to the root, as git knows them, or by the folders' names where there is no git. */
function listFiles(): readonly string[] {
  const git = ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = existsSync(join(root, '.git'))
    ? spawnSync('git', git, { cwd: root, encoding: 'utf8' })
    : null;
  if (listed === null || listed.status !== 0) return filesBelow('');
  return [...new Set(listed.stdout.split('\0'))].filter(
    (path) => path !== '' && existsSync(join(root, path)),
  );
}

export const files = listFiles();

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
