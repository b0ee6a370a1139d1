import { createHash } from 'node:crypto';
import type { EncodedRow } from './encode-row.ts';
import { unlabelled } from './pieces.ts';

/** The tokens of a whole data set, packed: 5 bytes a token and 8 a row. */
export interface EncodedRows {
  readonly rowCount: number;
  readonly tokenCount: number;
  readonly labelledTokenCount: number;
  /** [tokens], the rows end to end. */
  readonly ids: Int32Array;
  /** [tokens], 1 where the token is labelled. */
  readonly isLabelled: Uint8Array;
  /** [rowCount + 1], where each row begins; the last entry is the number of tokens. */
  readonly starts: Float64Array;
  /** [rowCount], the index of each kept row in the file, from 0. */
  readonly sourceIndices: Float64Array;
  /** sha256 in hex over ids, labels and row lengths: the same rows, tokenizer and template give the same digest. */
  readonly digest: string;
  /** Ids (a view) and labels (a copy) of one row. */
  row(index: number): { readonly ids: Int32Array; readonly labels: Int32Array };
}

/** Doubling storage for a typed array whose length is not known beforehand. */
class Growing<A extends Int32Array | Uint8Array | Float64Array> {
  #items: A;
  readonly #make: (length: number) => A;
  length = 0;

  constructor(make: (length: number) => A) {
    this.#make = make;
    this.#items = make(1024);
  }

  append(values: ArrayLike<number>): void {
    const needed = this.length + values.length;
    if (needed > this.#items.length) {
      const larger = this.#make(Math.max(needed, 2 * this.#items.length));
      larger.set(this.#items.subarray(0, this.length));
      this.#items = larger;
    }
    this.#items.set(values, this.length);
    this.length = needed;
  }

  /** The exact content; the spare room is given back. */
  finish(): A {
    return this.#items.slice(0, this.length) as A;
  }
}

/** Version of what the digest covers; to be raised when that changes. */
const digestVersion = 'weft-encoded-rows-1';

export class EncodedRowsBuilder {
  readonly #ids = new Growing<Int32Array>((length) => new Int32Array(length));
  readonly #isLabelled = new Growing<Uint8Array>((length) => new Uint8Array(length));
  readonly #starts = new Growing<Float64Array>((length) => new Float64Array(length));
  readonly #sourceIndices = new Growing<Float64Array>((length) => new Float64Array(length));
  readonly #hash = createHash('sha256').update(digestVersion);
  #labelledTokenCount = 0;

  get rowCount(): number {
    return this.#sourceIndices.length;
  }

  append(row: EncodedRow, sourceIndex: number): void {
    const mask = Uint8Array.from(row.labels, (label) => (label === unlabelled ? 0 : 1));
    this.#starts.append([this.#ids.length]);
    this.#sourceIndices.append([sourceIndex]);
    this.#ids.append(row.ids);
    this.#isLabelled.append(mask);
    this.#labelledTokenCount += row.labelledTokens;
    // Weft runs on little-endian machines only, so the bytes of an Int32Array are the same everywhere.
    this.#hash.update(Int32Array.of(row.ids.length));
    this.#hash.update(row.ids);
    this.#hash.update(mask);
  }

  finish(): EncodedRows {
    const tokenCount = this.#ids.length;
    this.#starts.append([tokenCount]);
    const ids = this.#ids.finish();
    const isLabelled = this.#isLabelled.finish();
    const starts = this.#starts.finish();
    return {
      rowCount: this.rowCount,
      tokenCount,
      labelledTokenCount: this.#labelledTokenCount,
      ids,
      isLabelled,
      starts,
      sourceIndices: this.#sourceIndices.finish(),
      digest: this.#hash.digest('hex'),
      row(index) {
        const start = starts[index];
        const end = starts[index + 1];
        if (start === undefined || end === undefined) throw new RangeError(`there is no row ${index}`);
        const rowIds = ids.subarray(start, end);
        return {
          ids: rowIds,
          labels: rowIds.map((id, at) => (isLabelled[start + at] === 1 ? id : unlabelled)),
        };
      },
    };
  }
}
