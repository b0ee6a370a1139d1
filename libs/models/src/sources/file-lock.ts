/**
 * A lock between processes: a file that names its owner. One left by a process that is gone is taken over. Where the
 * owner cannot be looked up (another host or container on the same folder), it counts as gone once it has not touched
 * the file for a minute.
 */

import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cacheError, inCache } from './cache-error.ts';
import { pause } from './pause.ts';
import { currentProcess, isRunning, type ProcessIdentity } from './process-identity.ts';
import { parseRecord } from './small-json.ts';

export interface LockOptions {
  readonly signal: AbortSignal;
  readonly pollMs: number;
  readonly now: () => number;
  /** Called once if the lock is held by a living process. */
  readonly onWait?: (pid: number) => void;
}

const touchEveryMs = 5000;
const silentAfterMs = 60_000;

export class FileLock implements AsyncDisposable {
  readonly #path: string;
  readonly #text: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(path: string, text: string, now: () => number) {
    this.#path = path;
    this.#text = text;
    this.#timer = setInterval(() => touch(path, now()), touchEveryMs);
    this.#timer.unref();
  }

  /** Waits as long as a living process holds it. Throws the signal's reason, or an error of the cache. */
  static async acquire(path: string, options: LockOptions): Promise<FileLock> {
    await inCache(path, () => mkdir(dirname(path), { recursive: true }));
    const own = await currentProcess();
    const text = JSON.stringify({ ...own, nonce: randomBytes(8).toString('hex') });
    let hasTold = false;
    while (!(await create(path, text))) {
      options.signal.throwIfAborted();
      const holder = await readHolder(path);
      if (holder === null) continue;
      if (await isStale(path, holder.identity, { own, now: options.now })) {
        await remove(path, holder.text);
        continue;
      }
      if (!hasTold) options.onWait?.(holder.identity.pid);
      hasTold = true;
      await pause(options.pollMs, options.signal);
    }
    return new FileLock(path, text, options.now);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    if ((await readText(this.#path)) === this.#text) await rm(this.#path, { force: true });
  }
}

/** Links a finished file into place, so that nobody ever reads a lock without its owner. */
async function create(path: string, text: string): Promise<boolean> {
  const temporary = temporaryFor(path);
  try {
    await writeFile(temporary, text, { flag: 'wx' });
    await link(temporary, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw cacheError(path, error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Moves the lock aside before removing it: of two processes that find it stale, the second would otherwise remove the
 * lock that the first has just made. If that is what was moved, it goes back.
 */
async function remove(path: string, staleText: string): Promise<void> {
  const aside = temporaryFor(path);
  try {
    await rename(path, aside);
    if ((await readText(aside)) !== staleText) await link(aside, path);
  } catch (error) {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw cacheError(path, error);
  } finally {
    await rm(aside, { force: true });
  }
}

interface Holder {
  readonly text: string;
  readonly identity: ProcessIdentity;
}

async function readHolder(path: string): Promise<Holder | null> {
  const text = await readText(path);
  if (text === null) return null;
  const { machine, pid, startedAt } = parseRecord(text) ?? {};
  const isOurs = typeof machine === 'string' && Number.isSafeInteger(pid);
  // What is no lock of ours has no living owner: machine '' is nobody's, so its age decides.
  const identity = isOurs
    ? { machine, pid: Number(pid), startedAt: typeof startedAt === 'string' ? startedAt : null }
    : { machine: '', pid: 0, startedAt: null };
  return { text, identity };
}

async function isStale(
  path: string,
  holder: ProcessIdentity,
  context: { readonly own: ProcessIdentity; readonly now: () => number },
): Promise<boolean> {
  if (holder.machine === context.own.machine) return !(await isRunning(holder));
  try {
    return context.now() - (await stat(path)).mtimeMs > silentAfterMs;
  } catch {
    return false;
  }
}

async function touch(path: string, nowMs: number): Promise<void> {
  try {
    await utimes(path, nowMs / 1000, nowMs / 1000);
  } catch {
    // Taken over, or the disk is gone: whoever holds it now decides.
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw cacheError(path, error);
  }
}

function temporaryFor(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}`;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
