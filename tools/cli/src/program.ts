/** The commands and their options. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { CommandFunction, GivenOptions } from './commands/command.ts';
import type { CommandWords } from './commands/completion.ts';
import { addOptions } from './options/bind-options.ts';
import { flagOf, type OptionTable } from './options/option-table.ts';
import { tuneOptions } from './options/tune-options.ts';
import {
  generateOptions,
  mergeOptions,
  quickstartOptions,
  scoreOptions,
  tokenizeOptions,
} from './options/use-options.ts';

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
  {
    name: 'estimate',
    summary: 'tell what tune would take, before anything runs',
    table: tuneOptions,
    hasConfig: true,
    load: async () => (await import('./commands/estimate.ts')).runEstimate,
  },
  {
    name: 'merge',
    summary: 'write a model with an adapter merged in',
    table: mergeOptions,
    load: async () => (await import('./commands/merge.ts')).runMerge,
  },
  {
    name: 'tokenize',
    summary: 'show the tokens of a text',
    table: tokenizeOptions,
    load: async () => (await import('./commands/tokenize.ts')).runTokenize,
  },
  {
    name: 'model pull',
    summary: 'fetch a model into the cache',
    table: {},
    operands: '<NAME>',
    load: async () => (await import('./commands/model.ts')).runModelPull,
  },
  {
    name: 'model list',
    summary: 'list the models that are known or in the cache',
    table: {},
    load: async () => (await import('./commands/model.ts')).runModelList,
  },
  {
    name: 'model show',
    summary: 'describe a model',
    table: {},
    operands: '<NAME>',
    load: async () => (await import('./commands/model.ts')).runModelShow,
  },
  {
    name: 'completion',
    summary: 'print a completion script for bash or zsh',
    table: {},
    operands: '<SHELL>',
    load: async () => (await import('./commands/completion.ts')).makeCompletion(commandWords),
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
  const model = program.command('model').description('fetch, list and describe models').helpCommand(false);
  model.helpOption('--help', 'print this help').exitOverride();
  for (const definition of commands) {
    const [first = '', second] = definition.name.split(' ');
    const parent = second === undefined ? program : model;
    addCommand(parent, { ...definition, name: second ?? first }, choose);
  }
  return program;
}

function commandWords(): readonly CommandWords[] {
  return commands.map(({ name, table, hasConfig }) => ({
    name,
    flags: [
      ...Object.keys(table).map(flagOf),
      ...(hasConfig === true ? ['--config'] : []),
      '--json',
      '--help',
    ],
  }));
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
