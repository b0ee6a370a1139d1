/** How faults of files become errors that a user can act on. */

import { isWeftError, WeftError } from '@weft/errors';

export interface MalformedOptions {
  readonly field?: string;
  readonly value?: string | number | null;
  readonly cause?: unknown;
}

/** The file is not what its format promises. `code` names the format, e.g. `SAFETENSORS_MALFORMED`. */
export function malformed(code: string, message: string, options: MalformedOptions = {}): WeftError {
  return new WeftError({
    code,
    kind: 'invalid',
    message,
    field: options.field,
    value: typeof options.value === 'string' ? shorten(options.value) : options.value,
    remedy: 'Download or convert the file again; it is damaged, incomplete or of another format.',
    cause: options.cause,
  });
}

/** At most 80 characters of text from a file that is not trusted. */
export function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

const absent = new Set(['ENOENT', 'ENOTDIR']);
const forbidden = new Set(['EACCES', 'EPERM', 'EROFS']);
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Turns a fault of the file system into an error that names the path; passes on everything else. */
export function fileError(path: string, action: 'read' | 'written', cause: unknown): unknown {
  if (isWeftError(cause) || !(cause instanceof Error) || !('syscall' in cause && 'code' in cause))
    return cause;
  const code = String(cause.code);
  const common = { field: path, value: code, cause };
  if (absent.has(code)) {
    return new WeftError({
      ...common,
      code: 'FILE_NOT_FOUND',
      kind: 'invalid',
      message: `${path} does not exist`,
      remedy: 'Check the path.',
    });
  }
  if (forbidden.has(code)) {
    return new WeftError({
      ...common,
      code: 'FILE_FORBIDDEN',
      kind: 'invalid',
      message: `${path} may not be ${action}`,
      remedy: 'Check who owns the file and its folder, and their permissions.',
    });
  }
  if (full.has(code)) {
    return new WeftError({
      ...common,
      code: 'DISK_FULL',
      kind: 'machine',
      message: `${path} cannot be written: no space is left`,
      remedy: 'Free space on that disk or write to another folder.',
    });
  }
  return new WeftError({
    ...common,
    code: 'FILE_FAILED',
    kind: code === 'EISDIR' ? 'invalid' : 'machine',
    message: `${path} cannot be ${action}: ${cause.message}`,
    remedy: 'Check the path and the disk.',
  });
}
