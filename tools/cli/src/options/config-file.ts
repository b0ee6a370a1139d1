/** Reads the options of a run from a YAML file. */
import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { optionError } from './option-errors.ts';
import type { OptionTable } from './option-table.ts';

/** Keys are the table's; anything else is refused by name. */
export async function readConfigFile(
  path: string,
  table: OptionTable,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const given = parse(path, await read(path, signal));
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const definition = Object.hasOwn(table, key) ? table[key] : undefined;
    if (definition === undefined) throw unknownKey(path, key, table);
    if (value === null) continue;
    const parsed = definition.type.fromConfig(value);
    if (parsed === undefined) {
      throw optionError({
        code: 'CONFIG_VALUE_INVALID',
        message: `${key} in ${path} must be ${definition.type.expected}, not ${JSON.stringify(value)}`,
        field: key,
        value,
        remedy: `Make it ${definition.type.expected}.`,
      });
    }
    values[key] = parsed;
  }
  return values;
}

async function read(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    signal.throwIfAborted();
    throw optionError({
      code: 'CONFIG_UNREADABLE',
      message: `cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`,
      field: '--config',
      value: path,
      remedy: 'Check the path.',
    });
  }
}

function parse(path: string, text: string): object {
  const document = parseDocument(text, { prettyErrors: true });
  const [fault] = document.errors;
  const content: unknown = fault === undefined ? document.toJS({ maxAliasCount: 100 }) : null;
  if (fault === undefined && content === null) return {};
  if (fault === undefined && typeof content === 'object' && content !== null && !Array.isArray(content)) {
    return content;
  }
  throw optionError({
    code: 'CONFIG_MALFORMED',
    message: `${path} is no YAML map: ${fault?.message.split('\n')[0] ?? `it holds ${typeof content}`}`,
    field: '--config',
    value: path,
    remedy: 'Write one option a line, such as rank: 16.',
  });
}

function unknownKey(path: string, key: string, table: OptionTable) {
  const camelCase = key.replaceAll(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const hasSpelling = Object.hasOwn(table, camelCase);
  return optionError({
    code: 'CONFIG_KEY_UNKNOWN',
    message: `${path} has the unknown key ${key}`,
    field: key,
    remedy: hasSpelling ? `Write ${camelCase}.` : `Take it out; known are ${Object.keys(table).join(', ')}.`,
  });
}
