/** What an option's value may be, as text on the command line and as a value of a configuration file. */

export interface OptionType<Value> {
  /** Stands for the value in the help; null for a switch. */
  readonly placeholder: string | null;
  /** Named in the help. */
  readonly choices?: readonly string[];
  /** Completes "must be …". */
  readonly expected: string;
  /** Undefined where the text is no such value. */
  fromText(text: string): Value | undefined;
  fromConfig(value: unknown): Value | undefined;
}

interface NumberLimits {
  readonly atLeast?: number;
  readonly above?: number;
  readonly below?: number;
}

const wholeNumber = /^[+-]?\d+$/;
const anyNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function integer(limits: NumberLimits = {}): OptionType<number> {
  const accept = (value: number) => (Number.isSafeInteger(value) && fits(value, limits) ? value : undefined);
  return {
    placeholder: 'N',
    expected: `a whole number${describe(limits)}`,
    fromText: (text) => (wholeNumber.test(text) ? accept(Number(text)) : undefined),
    fromConfig: (value) => (typeof value === 'number' ? accept(value) : undefined),
  };
}

export function number(limits: NumberLimits = {}): OptionType<number> {
  const accept = (value: number) => (Number.isFinite(value) && fits(value, limits) ? value : undefined);
  return {
    placeholder: 'X',
    expected: `a number${describe(limits)}`,
    fromText: (text) => (anyNumber.test(text) ? accept(Number(text)) : undefined),
    fromConfig: (value) => (typeof value === 'number' ? accept(value) : undefined),
  };
}

function fits(value: number, { atLeast, above, below }: NumberLimits): boolean {
  return !(value < (atLeast ?? -Infinity) || value <= (above ?? -Infinity) || value >= (below ?? Infinity));
}

function describe({ atLeast, above, below }: NumberLimits): string {
  const parts = [
    ...(atLeast === undefined ? [] : [`of at least ${atLeast}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}

export const flag: OptionType<boolean> = {
  placeholder: null,
  expected: 'true or false',
  fromText: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  fromConfig: (value) => (typeof value === 'boolean' ? value : undefined),
};

export function text(placeholder: string): OptionType<string> {
  const accept = (value: string) => (value === '' ? undefined : value);
  return {
    placeholder,
    expected: 'a text that is not empty',
    fromText: accept,
    fromConfig: (value) => (typeof value === 'string' ? accept(value) : undefined),
  };
}

export function choice<const Value extends string>(values: readonly Value[]): OptionType<Value> {
  const find = (value: unknown) => values.find((known) => known === value);
  return {
    placeholder: 'WORD',
    choices: values,
    expected: `one of ${values.join(', ')}`,
    fromText: find,
    fromConfig: find,
  };
}

export const names: OptionType<readonly string[]> = {
  placeholder: 'A,B',
  expected: 'names with commas between them',
  fromText: splitNames,
  fromConfig: (value) => (typeof value === 'string' ? splitNames(value) : namesOf(value)),
};

/** A list; or one string, `all-linear` or a regular expression for whole names. */
export const moduleNames: OptionType<readonly string[] | string> = {
  placeholder: 'A,B',
  expected: 'names with commas between them, all-linear, or regex: and a regular expression',
  fromText: modulesOf,
  fromConfig: (value) => (typeof value === 'string' ? modulesOf(value) : namesOf(value)),
};

function modulesOf(value: string): readonly string[] | string | undefined {
  if (value === 'all-linear') return value;
  if (!value.startsWith('regex:')) return splitNames(value);
  return value.length > 'regex:'.length ? value.slice('regex:'.length) : undefined;
}

function splitNames(value: string): readonly string[] | undefined {
  return namesOf(value.split(',').map((name) => name.trim()));
}

function namesOf(value: unknown): readonly string[] | undefined {
  const isList = Array.isArray(value) && value.length > 0;
  return isList && value.every((name) => typeof name === 'string' && name !== '') ? value : undefined;
}

/** One option given several times, or a list. */
export const layers: OptionType<readonly number[]> = {
  placeholder: 'N,N',
  expected: 'numbers of layers from 0 on, with commas between them',
  fromText: (value) =>
    layersOf(value.split(',').map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : -1))),
  fromConfig: (value) => layersOf(typeof value === 'number' ? [value] : value),
};

function layersOf(value: unknown): readonly number[] | undefined {
  const isList = Array.isArray(value) && value.length > 0;
  return isList && value.every((layer) => Number.isSafeInteger(layer) && layer >= 0) ? value : undefined;
}

/** `PATTERN=NUMBER` pairs. */
export const pattern: OptionType<Readonly<Record<string, number>>> = {
  placeholder: 'P=N,P=N',
  expected: 'PATTERN=NUMBER pairs with commas between them',
  fromText(value) {
    const pairs = value.split(',').map((pair) => {
      const at = pair.lastIndexOf('=');
      return [
        pair.slice(0, Math.max(0, at)).trim(),
        Number(pair.slice(at + 1).trim() || Number.NaN),
      ] as const;
    });
    return patternOf(Object.fromEntries(pairs));
  },
  fromConfig: patternOf,
};

function patternOf(value: unknown): Readonly<Record<string, number>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  const isPattern = entries.every(([key, item]) => key !== '' && typeof item === 'number' && item > 0);
  return isPattern ? (Object.fromEntries(entries) as Readonly<Record<string, number>>) : undefined;
}

/** Field to column, in the spelling of the data sets' library; a map in a configuration file. */
export const columns: OptionType<string> = {
  placeholder: 'F=C,F=C',
  expected: 'FIELD=COLUMN pairs with commas between them',
  fromText: (value) => value,
  fromConfig(value) {
    if (typeof value === 'string') return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return Object.entries(value)
      .map(([field, column]) => `${field}=${column}`)
      .join(',');
  },
};

/** Texts of an option that may be given more than once. */
export const texts: OptionType<readonly string[]> = {
  placeholder: 'TEXT',
  expected: 'texts that are not empty',
  fromText: (value) => (value === '' ? undefined : [value]),
  fromConfig: (value) => (typeof value === 'string' ? [value] : namesOf(value)),
};
