import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What transformers made of a fixture's tokenizer; see `tools/oracle/tokenization/make-tokenizers.py`. */
export interface Golden {
  readonly count: number;
  readonly block: number;
  readonly first: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly ids: readonly string[];
  readonly idsWithoutSpecial: readonly string[];
  readonly decoded: readonly string[];
  readonly decodedRandom: readonly string[];
  readonly decodedRandomWithoutSpecial: readonly string[];
  readonly vocabSize: number;
  readonly special: Readonly<Record<'bos' | 'eos' | 'pad' | 'unk', number | null>>;
}

export const fixtureNames = [
  'gpt2',
  'llama2',
  'llama3',
  'mistral',
  'qwen2',
  'smollm',
  'tekken',
  'unigram',
  'wordpiece',
] as const;

export type FixtureName = (typeof fixtureNames)[number];

export const fixtureFolder = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

export function fixtureJson<T>(name: FixtureName, file: string): T {
  return JSON.parse(readFileSync(`${fixtureFolder(name)}/${file}`, 'utf8')) as T;
}

export const readGolden = (name: FixtureName): Golden => fixtureJson<Golden>(name, 'golden.json');

function digestIds(rows: readonly ArrayLike<number>[]): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(Int32Array.of(row.length)).update(Int32Array.from(row));
  return hash.digest('hex');
}

const digestTexts = (texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\0')).digest('hex');

function blocks<T>(items: readonly T[], size: number, digest: (block: readonly T[]) => string): string[] {
  const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, index) => index * size);
  return starts.map((start) => digest(items.slice(start, start + size)));
}

export const idBlocks = (rows: readonly ArrayLike<number>[], size: number): string[] =>
  blocks(rows, size, digestIds);

export const textBlocks = (texts: readonly string[], size: number): string[] =>
  blocks(texts, size, digestTexts);
