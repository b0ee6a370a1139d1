import { WeftError } from '@weft/errors';

interface OptionFault {
  readonly code: string;
  readonly message: string;
  readonly field: string;
  readonly value?: unknown;
  readonly remedy: string;
}

/** Bad options: exit code 2, told before work begins. */
export function optionError({ value, ...fault }: OptionFault): WeftError {
  const shown = typeof value === 'string' || value === undefined ? value : JSON.stringify(value);
  return new WeftError({ kind: 'invalid', ...fault, value: shown });
}

export function requireOption<Value>(value: Value | undefined, flag: string, what: string): Value {
  if (value !== undefined) return value;
  throw optionError({
    code: 'OPTION_MISSING',
    message: `${flag} is needed`,
    field: flag,
    remedy: `Give ${flag} ${what}.`,
  });
}
