import { open } from 'node:fs/promises';
import { asFileError } from '../errors.ts';

const chunkBytes = 256 * 1024;

/**
 * The bytes of a file in order. Every chunk is a view of one buffer that the next step overwrites: copy what must
 * outlive it. Throws WeftError for a file that cannot be opened or read.
 */
export async function* readChunks(path: string, signal?: AbortSignal): AsyncGenerator<Buffer, void, void> {
  signal?.throwIfAborted();
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw asFileError(error, path);
  });
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, null).catch((error: unknown) => {
        throw asFileError(error, path);
      });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
