import { isWeftError, WeftError } from '@weft/errors';

interface DatasetFault {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly value?: unknown;
  readonly remedy: string;
  readonly cause?: unknown;
}

const longestShownValue = 80;

/** A value as an error may show it: one line, at most 80 characters. */
export function shorten(value: unknown): string {
  let text: string;
  try {
    text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    text = String(value);
  }
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= longestShownValue ? line : `${line.slice(0, longestShownValue - 1)}…`;
}

/** An error of kind `invalid`: the data or the options for it are at fault, never the program. */
export function datasetError(fault: DatasetFault): WeftError {
  return new WeftError({
    code: fault.code,
    kind: 'invalid',
    message: fault.message,
    field: fault.field,
    value: fault.value === undefined ? undefined : shorten(fault.value),
    remedy: fault.remedy,
    cause: fault.cause,
  });
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Passes our own errors and aborts on; anything else that a parser throws means that the file is damaged. */
export function asDamagedFile(error: unknown, place: string, kindOfFile: string): unknown {
  if (isWeftError(error) || (error instanceof Error && error.name === 'AbortError')) return error;
  return datasetError({
    code: 'DATASET_DAMAGED_FILE',
    message: `${place} cannot be read as ${kindOfFile}: ${reasonOf(error)}`,
    field: place,
    remedy: 'The file is damaged, cut off or of another type; fetch or write it again.',
    cause: error,
  });
}

/** Translates an error of `node:fs` for `path`: missing and forbidden files are the caller's, the rest the machine's. */
export function asFileError(error: unknown, path: string): unknown {
  if (isWeftError(error) || !(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return datasetError({
        code: 'DATASET_NOT_FOUND',
        message: `there is no file or folder ${path}`,
        field: path,
        remedy: 'Check the path given as data.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return datasetError({
        code: 'DATASET_NOT_READABLE',
        message: `${path} may not be read: ${error.message}`,
        field: path,
        remedy: 'Check the permissions of the file.',
        cause: error,
      });
    case 'EISDIR':
      return datasetError({
        code: 'DATASET_IS_FOLDER',
        message: `${path} is a folder, not a file`,
        field: path,
        remedy: 'Name a file in it, or a folder that save_to_disk of Hugging Face datasets wrote.',
        cause: error,
      });
    default:
      return new WeftError({
        code: 'DATASET_READ_FAILED',
        kind: 'machine',
        message: `reading ${path} failed: ${error.message}`,
        field: path,
        remedy: 'Check the disk or the network mount and try again.',
        cause: error,
      });
  }
}
