/**
 * The one error type of Weft: data first, text second. Every error that a user may meet names what failed (`code`),
 * where (`field`, `value`) and what to do next (`remedy`).
 */

/** What kind of fault it is; decides the exit code of the command line and the status of a gRPC call. */
export type ErrorKind = 'internal' | 'invalid' | 'training' | 'machine' | 'interrupted';

export interface WeftErrorDetails {
  /** Stable identifier in upper snake case, e.g. `SAFETENSORS_HEADER_TOO_LARGE`. */
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  /** The option, key, file or tensor at fault, e.g. `--rank` or `train.jsonl:12`. */
  readonly field?: string | undefined;
  /** The offending value, shortened where it is long. */
  readonly value?: string | number | boolean | null | undefined;
  /** The next step for the user, one sentence. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

const brand = Symbol.for('weft.error');

export class WeftError extends Error {
  readonly [brand] = true;
  readonly code: string;
  readonly kind: ErrorKind;
  readonly field: string | undefined;
  readonly value: string | number | boolean | null | undefined;
  readonly remedy: string | undefined;

  constructor(details: WeftErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'WeftError';
    this.code = details.code;
    this.kind = details.kind;
    this.field = details.field;
    this.value = details.value;
    this.remedy = details.remedy;
  }
}

/** Identity by brand and not by class, so that two copies of this package still understand each other. */
export function isWeftError(error: unknown): error is WeftError {
  return typeof error === 'object' && error !== null && (error as { [brand]?: unknown })[brand] === true;
}

const exitCodes: Readonly<Record<ErrorKind, number>> = {
  internal: 1,
  invalid: 2,
  training: 3,
  machine: 4,
  interrupted: 75,
};

/** 2 bad input, 3 training failed, 4 the machine, 75 stopped and resumable, 1 anything else: a bug of ours. */
export function exitCodeOf(error: unknown): number {
  return isWeftError(error) ? exitCodes[error.kind] : exitCodes.internal;
}
