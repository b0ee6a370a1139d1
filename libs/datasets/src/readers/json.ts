import { readChunks } from './chunks.ts';
import { JsonElementSplitter } from './json-elements.ts';
import { parseJsonRow } from './parse-json-row.ts';
import type { RawRow, ReadOptions, RowSource } from './row-source.ts';

/** A JSON array of objects, or an object whose member `data` is one. */
export function jsonSource(path: string): RowSource {
  async function* rows(options: ReadOptions = {}): AsyncGenerator<RawRow, void, void> {
    const splitter = new JsonElementSplitter(path);
    for await (const chunk of readChunks(path, options.signal)) {
      for (const element of splitter.push(chunk)) {
        const place = `${path}:${element.line}`;
        yield { place, values: parseJsonRow(element.text, place, 'Correct the JSON of this row.') };
      }
    }
    splitter.finish();
  }
  return { kind: 'json', path, columns: null, rows };
}
