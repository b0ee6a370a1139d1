/** Where a command's words go: results to standard output, everything else to standard error. */
import type { Writable } from 'node:stream';
import cliProgress from 'cli-progress';

export interface Progress {
  update(done: number, note: string): void;
  end(): void;
}

export interface OutputStreams {
  readonly out: Writable;
  readonly error: Writable & { readonly isTTY?: boolean };
}

export class Output {
  /** Whether standard output carries events alone. */
  readonly isJson: boolean;
  readonly #streams: OutputStreams;

  constructor(streams: OutputStreams, isJson: boolean) {
    this.#streams = streams;
    this.isJson = isJson;
  }

  /** One line of JSON, where these are wanted. */
  event(event: { readonly event: string; readonly [key: string]: unknown }): void {
    if (this.isJson) this.#streams.out.write(`${JSON.stringify(event)}\n`);
  }

  /** A line of the result, for people. */
  line(text: string): void {
    if (!this.isJson) this.#streams.out.write(`${text}\n`);
  }

  /** A piece of a result that is streamed. */
  piece(text: string): void {
    if (!this.isJson) this.#streams.out.write(text);
  }

  /** About the work, not its result. */
  note(text: string): void {
    this.#streams.error.write(`${text}\n`);
  }

  get isInteractive(): boolean {
    return this.#streams.error.isTTY === true && !this.isJson;
  }

  /** A bar on a terminal; nothing elsewhere, where lines of their own tell how far the work is. */
  progress(label: string, total: number): Progress {
    if (!this.isInteractive) return { update: () => {}, end: () => {} };
    const bar = new cliProgress.SingleBar({
      format: `${label} {bar} {value}/{total} {note} {remaining}`,
      stream: this.#streams.error as NodeJS.WriteStream,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
      etaBuffer: 20,
      barsize: 24,
    });
    bar.start(total, 0, { note: '', remaining: '' });
    const started = performance.now();
    return {
      update: (done, note) => {
        const seconds = (((performance.now() - started) / 1000) * (total - done)) / Math.max(1, done);
        bar.update(done, { note, remaining: `${duration(seconds)} left` });
      },
      end: () => bar.stop(),
    };
  }
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export function bytes(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} GB`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(1)} MB` : `${Math.ceil(count / 1e3)} kB`;
}

export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
