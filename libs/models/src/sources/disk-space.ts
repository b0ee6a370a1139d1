/** Whether a download fits, told before hours of it and not after. */

import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '@weft/errors';
import type { Workshop } from './cached-model.ts';

/** Counts what an earlier try has fetched already. Throws `DISK_FULL`. */
export async function requireSpace(
  workshop: Workshop,
  files: readonly { readonly sizeBytes: number | null }[],
): Promise<void> {
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0);
  const hereBytes = (await sizeOf(workshop.files)) + (await sizeOf(workshop.parts));
  const neededBytes = Math.max(0, totalBytes - hereBytes);
  const { bavail, bsize } = await statfs(workshop.folder);
  if (bavail * bsize >= neededBytes) return;
  throw new WeftError({
    code: 'DISK_FULL',
    kind: 'machine',
    message: `The model needs ${neededBytes} more bytes, the disk of ${workshop.folder} has ${bavail * bsize}`,
    field: 'WEFT_HOME',
    value: workshop.folder,
    remedy: 'Free space, or set WEFT_HOME to a folder on another disk.',
  });
}

async function sizeOf(folder: string): Promise<number> {
  let sizeBytes = 0;
  for (const name of await readdir(folder)) sizeBytes += (await stat(join(folder, name))).size;
  return sizeBytes;
}
