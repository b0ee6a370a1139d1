/**
 * JSON for headers that are not trusted: `JSON.parse` would keep the last of two equal names, so that two readers of
 * one file may see different tensors. Here a repeated name, a deep nesting or too many values is an error.
 */

export type StrictJson =
  | string
  | number
  | boolean
  | null
  | readonly StrictJson[]
  | ReadonlyMap<string, StrictJson>;

export interface StrictJsonLimits {
  readonly maxDepth: number;
  /** Values of any kind, containers included. */
  readonly maxValues: number;
}

/** Throws a SyntaxError that names the position. Objects become maps, in the order of the text. */
export function parseStrictJson(text: string, limits: StrictJsonLimits): StrictJson {
  const parser = new Parser(text, limits);
  return parser.parse();
}

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const space = /[ \t\n\r]*/y;
const words: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

class Parser {
  readonly #text: string;
  readonly #limits: StrictJsonLimits;
  #at = 0;
  #values = 0;

  constructor(text: string, limits: StrictJsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  parse(): StrictJson {
    const value = this.#value(1);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#error('text after the end');
    return value;
  }

  #value(depth: number): StrictJson {
    this.#values += 1;
    if (this.#values > this.#limits.maxValues)
      throw this.#error(`more than ${this.#limits.maxValues} values`);
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '{' || first === '[') {
      if (depth > this.#limits.maxDepth) throw this.#error(`nested deeper than ${this.#limits.maxDepth}`);
      this.#at += 1;
      return first === '{' ? this.#object(depth) : this.#array(depth);
    }
    if (first === '"') return this.#string();
    const literal = this.#match(number);
    if (literal !== null) return Number(literal);
    for (const [word, value] of words) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    throw this.#error('a value is missing');
  }

  #object(depth: number): ReadonlyMap<string, StrictJson> {
    const members = new Map<string, StrictJson>();
    if (this.#take('}')) return members;
    do {
      this.#skipSpace();
      const name = this.#string();
      if (members.has(name)) throw this.#error(`the name ${JSON.stringify(name)} appears twice`);
      if (!this.#take(':')) throw this.#error('":" is missing');
      members.set(name, this.#value(depth + 1));
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#error('"}" is missing');
    return members;
  }

  #array(depth: number): readonly StrictJson[] {
    const items: StrictJson[] = [];
    if (this.#take(']')) return items;
    do {
      items.push(this.#value(depth + 1));
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#error('"]" is missing');
    return items;
  }

  #string(): string {
    if (this.#text[this.#at] !== '"') throw this.#error('a string is missing');
    const start = this.#at;
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) throw this.#error('a string does not end');
    } while (this.#isEscaped(end));
    this.#at = end + 1;
    try {
      return String(JSON.parse(this.#text.slice(start, end + 1)));
    } catch {
      this.#at = start;
      throw this.#error('a malformed string');
    }
  }

  #isEscaped(at: number): boolean {
    let backslashes = 0;
    while (this.#text[at - 1 - backslashes] === '\\') backslashes += 1;
    return backslashes % 2 === 1;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at = pattern.lastIndex;
    return found[0];
  }

  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    space.lastIndex = this.#at;
    space.exec(this.#text);
    this.#at = space.lastIndex;
  }

  #error(what: string): SyntaxError {
    return new SyntaxError(`${what} at character ${this.#at}`);
  }
}
