/** The commands and their options. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { CommandFunction, GivenOptions } from './commands/command.ts';
import { addOptions } from './options/bind-options.ts';
import type { OptionTable } from './options/option-table.ts';
import { tuneOptions } from './options/tune-options.ts';
import { generateOptions, quickstartOptions, scoreOptions } from './options/use-options.ts';

export interface ChosenCommand {
  readonly run: CommandFunction;
  readonly given: GivenOptions;
  readonly table: OptionTable;
  readonly isJson: boolean;
}

interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  readonly table: OptionTable;
  readonly hasConfig?: boolean;
  readonly operands?: string;
  /** Modules are read when their command is called: help and completion answer at once. */
  readonly load: () => Promise<CommandFunction>;
}

const commands: readonly CommandDefinition[] = [
  {
    name: 'quickstart',
    summary: 'teach a small model a task and show what changed',
    table: quickstartOptions,
    load: async () => (await import('./commands/quickstart.ts')).runQuickstart,
  },
  {
    name: 'tune',
    summary: 'fine-tune a model',
    table: tuneOptions,
    hasConfig: true,
    load: async () => (await import('./commands/tune.ts')).runTune,
  },
  {
    name: 'generate',
    summary: 'answer a prompt',
    table: generateOptions,
    load: async () => (await import('./commands/generate.ts')).runGenerate,
  },
  {
    name: 'score',
    summary: 'tell how likely the answers of a data set are',
    table: scoreOptions,
    load: async () => (await import('./commands/score.ts')).runScore,
  },
];

/** @param choose takes the command that the line names; help and version end otherwise. */
export function buildProgram(choose: (command: ChosenCommand) => void): Command {
  const program = new Command('weft')
    .description('Fine-tune language models and use the adapters.')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .exitOverride();
  program.action(() => program.outputHelp());
  for (const definition of commands) addCommand(program, definition, choose);
  return program;
}

function addCommand(
  parent: Command,
  definition: CommandDefinition,
  choose: (command: ChosenCommand) => void,
): void {
  const { name, summary, table, hasConfig, operands, load } = definition;
  const command = parent
    .command(name)
    .description(summary)
    .helpOption('--help', 'print this help')
    .exitOverride();
  if (operands !== undefined) command.argument(operands);
  addOptions(command, table);
  if (hasConfig === true) command.option('--config <FILE>', 'options from a YAML file, keys in camelCase');
  command.option('--json', 'print events as lines of JSON, and nothing else');
  command.action(() => {
    const { json, config, ...values } = command.opts<Record<string, unknown>>();
    choose({
      run: async (given, context) => (await load())(given, context),
      given: { values, operands: command.args, configPath: typeof config === 'string' ? config : undefined },
      table,
      isJson: json === true,
    });
  });
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
