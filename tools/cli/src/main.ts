/** The command line: parses it, runs the command, and turns every ending into an exit code. */
import { exitCodeOf, WeftError } from '@weft/errors';
import { CommanderError } from 'commander';
import type { CommandContext } from './context.ts';
import type { OptionTable } from './options/option-table.ts';
import { Output } from './output/output.ts';
import { asWeftError, printError } from './output/print-error.ts';
import { buildProgram, type ChosenCommand } from './program.ts';
import { listenForSignals, type Signals, StoppedBySignal } from './signals.ts';

const args = process.argv.slice(2);

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

/** What commander would write to standard error: help that was not asked for, and usage errors. */
const said: string[] = [];

function choose(): ChosenCommand | null {
  const chosen: ChosenCommand[] = [];
  const program = buildProgram((command) => void chosen.push(command));
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ])
    command.configureOutput({ writeErr: (text) => void said.push(text) });
  program.parse(args, { from: 'user' });
  return chosen[0] ?? null;
}

/** Commander's words as an error of ours, so that it has a remedy and reaches `--json`. */
function usageError(error: CommanderError): WeftError {
  const [message = '', suggestion] = error.message.split('\n');
  const field = /'(-{1,2}[^\s',]+)/.exec(message)?.[1];
  return new WeftError({
    code: `USAGE_${error.code.replace('commander.', '').replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`,
    kind: 'invalid',
    message: message.replace(/^error: /, ''),
    field: field ?? 'command line',
    value: field === undefined ? args[0] : undefined,
    remedy: suggestion?.replace(/^\(|\)$/g, '') ?? 'See --help.',
  });
}

async function run(chosen: ChosenCommand, output: Output, signals: Signals): Promise<void> {
  const context: CommandContext = {
    output,
    signal: signals.signal,
    environment: process.env,
    workingDirectory: process.cwd(),
  };
  await chosen.run(chosen.given, context);
}

function fail(error: unknown, output: Output, table: OptionTable): void {
  const known = asWeftError(error);
  printError(output, known, table);
  process.exitCode = exitCodeOf(known);
}

async function main(): Promise<void> {
  const streams = { out: process.stdout, error: process.stderr };
  let table: OptionTable = {};
  let output = new Output(streams, args.includes('--json'));
  const signals = listenForSignals();
  try {
    const chosen = choose();
    if (chosen === null) return;
    table = chosen.table;
    output = new Output(streams, chosen.isJson);
    await run(chosen, output, signals);
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === 'commander.help') process.stdout.write(said.join(''));
      else if (error.exitCode !== 0) fail(usageError(error), output, table);
    } else if (error instanceof StoppedBySignal || signals.signal.reason === error) signals.die();
    else fail(error, output, table);
  } finally {
    signals.end();
  }
}

await main();
