/** Whether node_modules holds what package-lock.json asks for, by the record that npm keeps inside it. */
import { readFileSync } from 'node:fs';

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {string} [resolved]
 * @property {boolean} [link]
 * @property {boolean} [optional]
 */

/** @param {string} path @returns {Readonly<Record<string, LockedPackage>> | null} */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

/** @param {LockedPackage} wanted @param {LockedPackage} present */
function isSame(wanted, present) {
  if (wanted.link) return present.link === true && present.resolved === wanted.resolved;
  return present.version === wanted.version && present.integrity === wanted.integrity;
}

/**
 * Optional packages may be missing: most are for other platforms.
 * @param {string} lockfile
 * @param {string} installed node_modules/.package-lock.json
 */
export function isInstalled(lockfile, installed) {
  const wanted = packagesOf(lockfile);
  const present = packagesOf(installed);
  if (wanted === null || present === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    const found = present[path];
    return found === undefined ? entry.optional === true : isSame(entry, found);
  });
}
