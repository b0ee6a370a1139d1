/** Content hashes of a step's inputs, and the stamps that remember what a finished step was made from. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * All files below a folder, sorted. Folders named in `skipped` are left out.
 * @param {string} folder
 * @param {readonly string[]} skipped
 * @returns {string[]}
 */
function filesBelow(folder, skipped) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !skipped.includes(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path, skipped) : [path];
    });
}

/**
 * sha256 over the names and contents of files, and over other facts that the result depends on.
 * @param {readonly string[]} files
 * @param {{ readonly root: string, readonly facts: unknown }} options
 */
export function digestOf(files, options) {
  const hash = createHash('sha256').update(JSON.stringify(options.facts));
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`\n${relative(options.root, file)} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/**
 * The same over everything below a folder.
 * @param {string} folder
 * @param {{ readonly skipped: readonly string[], readonly facts: unknown }} options
 */
export function digestOfFolder(folder, options) {
  return digestOf(filesBelow(folder, options.skipped), { root: folder, facts: options.facts });
}

/** @param {string} stamp @returns {string | null} */
export function readStamp(stamp) {
  try {
    return readFileSync(stamp, 'utf8').trim();
  } catch {
    return null;
  }
}

/** Whole or not at all, so that a stamp never speaks for a step that was cut off. @param {string} stamp @param {string} digest */
export function writeStamp(stamp, digest) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(`${stamp}.new`, `${digest}\n`);
  renameSync(`${stamp}.new`, stamp);
}
