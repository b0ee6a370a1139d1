import { datasetError } from '../errors.ts';
import { longestRowBytes } from './row-source.ts';
import { decodeUtf8 } from './utf8.ts';

export interface JsonElement {
  /** The line on which it begins, from 1. */
  readonly line: number;
  readonly text: string;
}

const byteOf = (character: string): number => character.charCodeAt(0);
const quote = byteOf('"');
const backslash = byteOf('\\');
const comma = byteOf(',');
const colon = byteOf(':');
const openArray = byteOf('[');
const openObject = byteOf('{');
const closeArray = byteOf(']');
const closeObject = byteOf('}');
const lineFeed = 0x0a;

const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === lineFeed || byte === 0x0d || byte === 0x09;
const isMark = (byte: number): boolean => byte === 0xef || byte === 0xbb || byte === 0xbf;

/** `members`: in the outer object, before its member `data`. `skip`: in that object, after the array. */
type Phase = 'start' | 'members' | 'elements' | 'skip' | 'end';

const rowsMember = 'data';

/**
 * Cuts a JSON document into the elements of its array without holding more than one of them: the array is the whole
 * document or the value of the member `data`. Only the structure is looked at; JSON.parse judges every element.
 */
export class JsonElementSplitter {
  readonly #path: string;
  readonly #limit: number;
  #phase: Phase = 'start';
  #line = 1;
  #elementLine = 0;
  #elementCount = 0;
  #depth = 0;
  #elementDepth = 0;
  #isInString = false;
  #isEscaped = false;
  /** The last string of the outer object, and the member that it turned out to name. */
  #string = '';
  #member = '';
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(path: string, limit: number = longestRowBytes) {
    this.#path = path;
    this.#limit = limit;
  }

  /** Feeds the next bytes of the file; yields every element that ends in them. */
  *push(chunk: Buffer): Generator<JsonElement, void, void> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (byte === lineFeed) this.#line++;
      if (this.#isInString) {
        this.#stepInString(byte);
        continue;
      }
      if (this.#phase === 'elements') {
        if (this.#depth === this.#elementDepth && (byte === comma || byte === closeArray)) {
          this.#hold(chunk.subarray(start, at));
          start = at + 1;
          yield* this.#takeElement(byte);
        }
        if (this.#elementLine === 0 && !isSpace(byte) && byte !== comma) this.#elementLine = this.#line;
      }
      this.#step(byte);
      if (this.#phase === 'elements' && this.#elementDepth < 0) {
        this.#elementDepth = this.#depth;
        start = at + 1;
      }
    }
    if (this.#phase === 'elements') this.#hold(Buffer.from(chunk.subarray(start)));
  }

  /** Call once at the end of the file; throws where the document is not complete. */
  finish(): void {
    if (this.#phase === 'end') return;
    if (this.#phase === 'start')
      throw this.#fault('holds no JSON value', 'The file is empty; check the path.');
    throw this.#fault(
      'ends in the middle of its JSON value',
      'The file is cut off; fetch or write it again.',
    );
  }

  #stepInString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) this.#isInString = false;
    if (this.#isInString && this.#phase === 'members' && this.#depth === 1 && this.#string.length < 64) {
      this.#string += String.fromCharCode(byte);
    }
  }

  #step(byte: number): void {
    if (isSpace(byte)) return;
    if (this.#phase === 'start') this.#begin(byte);
    else if (this.#phase === 'end') {
      throw this.#fault(
        'goes on after its JSON value',
        'Keep one array in the file, or write one object a line (.jsonl).',
      );
    }
    if (byte === quote) {
      this.#isInString = true;
      this.#string = '';
    } else if (byte === colon) {
      if (this.#depth === 1) this.#member = this.#string;
    } else if (byte === openArray || byte === openObject) {
      this.#open(byte);
    } else if (byte === closeArray || byte === closeObject) {
      this.#close(byte);
    }
  }

  #begin(byte: number): void {
    if (isMark(byte)) return;
    if (byte === openObject) this.#phase = 'members';
    else if (byte !== openArray) {
      throw this.#fault('is neither a JSON array nor an object', 'Write an array of row objects.');
    }
  }

  #open(byte: number): void {
    const isTop = this.#depth === 0 && this.#phase === 'start';
    const isMember = this.#depth === 1 && this.#phase === 'members' && this.#member === rowsMember;
    this.#depth++;
    if (byte === openArray && (isTop || isMember)) {
      this.#phase = 'elements';
      this.#elementDepth = -1;
      this.#elementLine = 0;
    }
  }

  #close(byte: number): void {
    if (this.#phase === 'elements' && this.#depth === this.#elementDepth) {
      if (byte === closeObject)
        throw this.#fault('has a } where no object is open', 'Correct the JSON there.');
      this.#phase = 'skip';
    }
    this.#depth--;
    if (this.#depth > 0) return;
    if (this.#phase === 'members') {
      throw this.#fault(
        `is an object without an array "${rowsMember}"`,
        `Write an array of row objects, or {"${rowsMember}": [...]}, or one object a line in a file that ends in .jsonl.`,
      );
    }
    this.#phase = 'end';
  }

  #hold(bytes: Buffer): void {
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > this.#limit) {
      throw datasetError({
        code: 'DATASET_ROW_TOO_LONG',
        message: `the row that begins at ${this.#path}:${this.#elementLine} is longer than ${this.#limit} bytes`,
        field: `${this.#path}:${this.#elementLine}`,
        remedy: 'Shorten or split that row.',
      });
    }
    this.#held.push(bytes);
  }

  *#takeElement(terminator: number): Generator<JsonElement, void, void> {
    const line = this.#elementLine;
    const text = decodeUtf8(Buffer.concat(this.#held), `${this.#path}:${line || this.#line}`).trim();
    this.#held = [];
    this.#heldBytes = 0;
    this.#elementLine = 0;
    if (text === '') {
      if (terminator === closeArray && this.#elementCount === 0) return;
      throw this.#fault('has a comma where a row should stand', 'Remove the comma.');
    }
    this.#elementCount++;
    yield { line, text };
  }

  #fault(what: string, remedy: string): Error {
    const place = `${this.#path}:${this.#line}`;
    return datasetError({ code: 'DATASET_BAD_JSON', message: `${place} ${what}`, field: place, remedy });
  }
}
