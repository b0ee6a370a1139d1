/** How far another program's download is, seen from the files it writes. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const everyMs = 500;

/** Calls `onSize` with the bytes of all files under `folder` whenever they have grown, until disposed of. */
export function watchFolder(folder: string, onSize: (sizeBytes: number) => void): Disposable {
  let seenBytes = 0;
  let isOver = false;
  const timer = setInterval(async () => {
    const sizeBytes = await sizeOf(folder);
    if (isOver || sizeBytes <= seenBytes) return;
    seenBytes = sizeBytes;
    onSize(sizeBytes);
  }, everyMs);
  return {
    [Symbol.dispose]() {
      isOver = true;
      clearInterval(timer);
    },
  };
}

/** Files come and go while it looks: what is gone counts nothing. */
async function sizeOf(folder: string): Promise<number> {
  let sizeBytes = 0;
  try {
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) sizeBytes += (await stat(join(entry.parentPath, entry.name))).size;
    }
  } catch {
    return sizeBytes;
  }
  return sizeBytes;
}
