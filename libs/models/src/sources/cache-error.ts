/** Faults of the cache folder, told with the remedy that fits it: another folder. */

import { isWeftError, WeftError } from '@weft/errors';
import { fileError } from '../formats/file-errors.ts';

const notAFolder = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST']);
const remedy = 'Set WEFT_HOME to a folder that you may write and that has space.';

/** Turns a fault of the file system into `CACHE_NOT_WRITABLE`, `DISK_FULL` or `FILE_FAILED`; passes on all else. */
export function cacheError(path: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'syscall' in cause && 'code' in cause ? String(cause.code) : '';
  if (notAFolder.has(code)) {
    return new WeftError({
      code: 'CACHE_NOT_WRITABLE',
      kind: 'machine',
      message: `The cache cannot be written at ${path} (${code})`,
      field: 'WEFT_HOME',
      value: path,
      remedy,
      cause,
    });
  }
  const error = fileError(path, 'written', cause);
  if (!isWeftError(error) || error.code !== 'DISK_FULL') return error;
  return new WeftError({ ...detailsOf(error), field: 'WEFT_HOME', value: path, remedy, cause });
}

function detailsOf(error: WeftError) {
  return { code: error.code, kind: error.kind, message: error.message };
}

/** Runs `work` and tells its faults as those of the cache at `path`. */
export async function inCache<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw cacheError(path, error);
  }
}
