/** Tells a failure: what, where, and what to do. */
import { isWeftError, WeftError } from '@weft/errors';
import { flagOf, type OptionTable } from '../options/option-table.ts';
import type { Output } from './output.ts';

const machineCodes = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM']);
const pathCodes = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EISDIR',
  'ENOENT',
  'ELOOP',
  'ENAMETOOLONG',
  'EEXIST',
]);

/** A fault of the file system under the error that names it; anything else as it is. */
export function asWeftError(error: unknown): unknown {
  if (isWeftError(error) || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  const details = { message: error.message, field: path, cause: error };
  if (machineCodes.has(code)) {
    const isFull = code === 'ENOSPC' || code === 'EDQUOT';
    const remedy = isFull
      ? 'Free space on that disk and run it again.'
      : 'Check the machine and run it again.';
    return new WeftError({
      code: isFull ? 'DISK_FULL' : 'MACHINE_FAULT',
      kind: 'machine',
      remedy,
      ...details,
    });
  }
  if (!pathCodes.has(code) || path === undefined) return error;
  return new WeftError({
    code: 'PATH_UNUSABLE',
    kind: 'invalid',
    remedy: 'Check the path and its permissions.',
    ...details,
  });
}

/** Writes the `error` event, or lines for people. Libraries name options by their keys; people know flags. */
export function printError(output: Output, error: unknown, table: OptionTable): void {
  if (!isWeftError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    output.event({ event: 'error', code: 'INTERNAL', field: null, value: null, message, remedy: null });
    if (!output.isJson) {
      output.note(`error: ${message}`);
      output.note('This is a fault of weft itself:');
      output.note(error instanceof Error ? (error.stack ?? message) : message);
    }
    return;
  }
  const field =
    error.field !== undefined && Object.hasOwn(table, error.field) ? flagOf(error.field) : error.field;
  const { code, message, value, remedy } = error;
  if (output.isJson) {
    const event = { code, field: field ?? null, value: value ?? null, message, remedy: remedy ?? null };
    output.event({ event: 'error', ...event });
    return;
  }
  output.note(`error: ${message}`);
  if (field !== undefined && !message.includes(field)) {
    output.note(`  field: ${field}`);
  }
  if (value !== undefined && value !== null && !message.includes(String(value)))
    output.note(`  value: ${value}`);
  if (remedy !== undefined) output.note(`  remedy: ${remedy}`);
}
