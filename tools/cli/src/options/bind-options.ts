/** Puts a table's options on a command and collects what was given. */
import { type Command, Option } from 'commander';
import { readConfigFile } from './config-file.ts';
import { optionError } from './option-errors.ts';
import { flagOf, type OptionDefinition, type OptionTable, type OptionValues } from './option-table.ts';

export function addOptions(command: Command, table: OptionTable): void {
  for (const [key, definition] of Object.entries(table)) command.addOption(makeOption(key, definition));
}

function makeOption(
  key: string,
  { type, description, standard, isRepeatable }: OptionDefinition<unknown>,
): Option {
  const flag = flagOf(key);
  const usage = type.placeholder === null ? `${flag} [true|false]` : `${flag} <${type.placeholder}>`;
  const words = type.choices === undefined ? description : `${description}: ${type.choices.join(', ')}`;
  const option = new Option(usage, standard === undefined ? words : `${words} (${standard})`);
  option.argParser((text: string, earlier: unknown) => {
    const value = type.fromText(text);
    if (value === undefined) throw badValue(flag, text, type.expected);
    return isRepeatable === true && Array.isArray(earlier) && Array.isArray(value)
      ? [...earlier, ...value]
      : value;
  });
  return option;
}

function badValue(flag: string, value: string, expected: string) {
  return optionError({
    code: 'OPTION_INVALID',
    message: `${flag} must be ${expected}, not '${value}'`,
    field: flag,
    value,
    remedy: `Make it ${expected}.`,
  });
}

/** The command line's own values. */
export function givenOptions<Table extends OptionTable>(
  table: Table,
  parsed: Readonly<Record<string, unknown>>,
): OptionValues<Table> {
  const known = Object.entries(parsed).filter(
    ([key, value]) => Object.hasOwn(table, key) && value !== undefined,
  );
  return Object.fromEntries(known) as OptionValues<Table>;
}

/** With those of a configuration file beneath; the command line wins. */
export async function mergedOptions<Table extends OptionTable>(
  table: Table,
  parsed: Readonly<Record<string, unknown>>,
  { configPath, signal }: { readonly configPath: string | undefined; readonly signal: AbortSignal },
): Promise<OptionValues<Table>> {
  const given = givenOptions(table, parsed);
  if (configPath === undefined) return given;
  return { ...(await readConfigFile(configPath, table, signal)), ...given } as OptionValues<Table>;
}
