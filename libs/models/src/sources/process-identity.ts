/** Who holds a lock: a process id alone is used again by the next process, so it comes with the start time. */

import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname, platform } from 'node:os';
import { promisify } from 'node:util';

export interface ProcessIdentity {
  /** Host, boot and process namespace: only there does `pid` mean anything. */
  readonly machine: string;
  readonly pid: number;
  /** In whatever unit the system tells it; null where it does not. */
  readonly startedAt: string | null;
}

export async function currentProcess(): Promise<ProcessIdentity> {
  return { machine: await machine(), pid: process.pid, startedAt: await startOf(process.pid) };
}

/** Whether that process still runs. Both must be of the same machine. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  if (!exists(identity.pid)) return false;
  return identity.startedAt === null || (await startOf(identity.pid)) === identity.startedAt;
}

async function machine(): Promise<string> {
  const boot = await orEmpty(readFile('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = await orEmpty(readlink('/proc/self/ns/pid'));
  return [hostname(), boot.trim(), namespace].join(' ').trim();
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function startOf(pid: number): Promise<string | null> {
  if (platform() !== 'linux') return await startByPs(pid);
  const stat = await orEmpty(readFile(`/proc/${pid}/stat`, 'utf8'));
  // proc(5): the name may hold spaces and brackets; after it come the state and, 19 fields on, the start time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const isDead = fields[0] === 'Z' || fields[0] === 'X';
  return isDead ? null : (fields[19] ?? null);
}

async function startByPs(pid: number): Promise<string | null> {
  const output = await orEmpty(
    promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).then(({ stdout }) => stdout),
  );
  return output.trim() === '' ? null : output.trim();
}

async function orEmpty(reading: Promise<string>): Promise<string> {
  try {
    return await reading;
  } catch {
    return '';
  }
}
