/**
 * One set-up at a time in one clone. The lock names its holder and the command that the holder is running, so that
 * whoever takes it over from a dead holder can first end what the dead one left running.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive } from './process-identity.mjs';

/** @typedef {import('./process-identity.mjs').Identity} Identity */
/** @typedef {{ readonly holder: Identity, readonly child: Identity | null }} LockRecord */

const pollMs = 200;
// A take-over lasts milliseconds; a guard this old was left by a process that died inside one.
const guardLifeMs = 10_000;

/**
 * @param {string} path
 * @returns {LockRecord | null}
 */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** Creates the file with its content in one step; false if it exists. @param {string} path @param {string} content */
function create(path, content) {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** A lock without a readable record is being written, or was left half-written. @param {string} path */
function isAbandoned(path) {
  const record = read(path);
  if (record !== null) return !isAlive(record.holder);
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return written !== undefined && Date.now() - written > guardLifeMs;
}

/** @param {Identity} child */
async function endGroup(child) {
  if (!isAlive(child)) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    return;
  }
  while (isAlive(child)) await sleep(20);
}

/** Removes the lock of a dead holder. The guard keeps two waiters from removing each other's. @param {string} path */
async function clearAbandoned(path) {
  const guard = `${path}.guard`;
  const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > guardLifeMs) rmSync(guard, { force: true });
  if (!create(guard, '')) return;
  try {
    if (!isAbandoned(path)) return;
    const child = read(path)?.child;
    if (child) await endGroup(child);
    rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * Waits for the lock and takes it. `onWait` is called once if it is held by another process.
 * @param {string} path
 * @param {(pid: number) => void} onWait
 */
export async function takeLock(path, onWait) {
  const holder = identify(process.pid);
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!create(path, JSON.stringify({ holder, child: null }))) {
    if (isAbandoned(path)) {
      await clearAbandoned(path);
      continue;
    }
    const pid = read(path)?.holder.pid;
    if (!told && pid !== undefined) {
      onWait(pid);
      told = true;
    }
    await sleep(pollMs);
  }
  return {
    /** Records the command that now runs for the holder. @param {number | null} pid */
    setChild(pid) {
      writeFileSync(`${path}.new`, JSON.stringify({ holder, child: pid === null ? null : identify(pid) }));
      renameSync(`${path}.new`, path);
    },
    release() {
      rmSync(path, { force: true });
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof takeLock>>} Lock */
