/** Runs the command line as its users do: a child process, its two streams and its exit code. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export const tinyLlama = fileURLToPath(new URL('../../../../libs/models/fixtures/llama', import.meta.url));
export const otherTinyModel = fileURLToPath(
  new URL('../../../../libs/models/fixtures/llama-tied', import.meta.url),
);

export interface WeftEvent {
  readonly event: string;
  readonly [key: string]: unknown;
}

export interface WeftResult {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
  /** Standard output as events; throws where a line is none. */
  events(): readonly WeftEvent[];
}

/** A folder for one test, with a cache of its own. */
export class Workplace implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'weft-cli-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Alpaca rows that differ in words and length. */
  writeRows(name: string, count: number): void {
    const rows = Array.from({ length: count }, (_, index) => ({
      instruction: `count to ${index}`,
      input: index % 3 === 0 ? 'slowly' : '',
      output: `one to ${index}${' and on'.repeat(index % 4)}`,
    }));
    this.write(name, `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  /** @param watch gets the process and standard output so far, whenever there is more of it. */
  weft(
    args: readonly string[],
    watch: (child: ChildProcess, out: string) => void = () => {},
  ): Promise<WeftResult> {
    const environment = { ...process.env, WEFT_HOME: join(this.path, 'home'), HF_HUB_OFFLINE: '1' };
    const child = spawn(process.execPath, [main, ...args], { cwd: this.path, env: environment });
    let out = '';
    let error = '';
    child.stdin.end();
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      watch(child, out);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      error += text;
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, out, error, events: () => eventsOf(out) }));
    });
  }
}

function eventsOf(out: string): readonly WeftEvent[] {
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as WeftEvent);
}
