/** Turns token ids into text piece by piece: whole characters only, and nothing of a stop string. */

/** What decodes incrementally; `push` gives text that is complete UTF-8. */
export interface StreamDecoder {
  push(id: number): string;
  flush(): string;
}

export class TextStream {
  readonly #decoder: StreamDecoder;
  readonly #stops: readonly string[];
  #held = '';
  #stopped = false;

  constructor(decoder: StreamDecoder, stopStrings: readonly string[]) {
    this.#decoder = decoder;
    this.#stops = stopStrings.filter((stop) => stop !== '');
  }

  /** True once a stop string was met; what follows it is dropped. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Text that is certain not to begin a stop string. */
  push(id: number): string {
    return this.#stopped ? '' : this.#release(this.#decoder.push(id));
  }

  /** The rest, once no token follows. */
  end(): string {
    if (this.#stopped) return '';
    const text = this.#release(this.#decoder.flush()) + (this.#stopped ? '' : this.#held);
    this.#held = '';
    return text;
  }

  #release(added: string): string {
    this.#held += added;
    const found = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      this.#stopped = true;
      return this.#held.slice(0, Math.min(...found));
    }
    const keep = Math.max(0, ...this.#stops.map((stop) => overlap(this.#held, stop)));
    const text = this.#held.slice(0, this.#held.length - keep);
    this.#held = this.#held.slice(this.#held.length - keep);
    return text;
  }
}

/** Length of the longest end of `text` that begins `stop`. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
