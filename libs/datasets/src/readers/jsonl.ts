import { readLines } from './lines.ts';
import { parseJsonRow } from './parse-json-row.ts';
import type { RawRow, ReadOptions, RowSource } from './row-source.ts';

/** One JSON object a line; blank lines are skipped. */
export function jsonlSource(path: string): RowSource {
  async function* rows(options: ReadOptions = {}): AsyncGenerator<RawRow, void, void> {
    for await (const line of readLines(path, options)) {
      if (line.text.trim() === '') continue;
      const place = `${path}:${line.number}`;
      const remedy = line.isTerminated
        ? 'Write one JSON object a line (a whole JSON array belongs into a file that ends in .json).'
        : 'The last line ends without a line feed: the file is cut off there, or the line is no JSON object.';
      yield { place, values: parseJsonRow(line.text, place, remedy) };
    }
  }
  return { kind: 'jsonl', path, columns: null, rows };
}
