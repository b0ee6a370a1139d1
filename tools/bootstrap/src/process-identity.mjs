/** Who a process id stands for: an id is reused, an id with its start time is not. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When the process began, in the system's own words; null if there is none.
 * @param {number} pid
 * @returns {string | null}
 */
export function startOf(pid) {
  if (process.platform === 'linux') {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop()?.split(' ') ?? [];
      return fields[0] === 'Z' ? null : (fields[19] ?? null);
    } catch {
      return null;
    }
  }
  const listed = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return listed.stdout?.trim() || null;
}

/** @typedef {{ readonly pid: number, readonly start: string | null }} Identity */

/**
 * @param {number} pid
 * @returns {Identity}
 */
export function identify(pid) {
  return { pid, start: startOf(pid) };
}

/** @param {Identity} identity */
export function isAlive(identity) {
  const start = startOf(identity.pid);
  return start !== null && start === identity.start;
}
