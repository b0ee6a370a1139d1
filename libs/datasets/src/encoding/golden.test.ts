import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTokenizer, type Tokenizer } from '@weft/tokenization';
import type { AlpacaContent, Role, RowContent } from '../formats/row.ts';
import { fixture } from '../test-support.ts';
import { encodeRow } from './encode-row.ts';
import type { Template } from './templates.ts';

interface Encoded {
  readonly ids: readonly number[];
  readonly labels: readonly number[];
}

/** Made by tools/oracle/datasets/make-encoded.py with transformers. */
interface Golden {
  readonly maxLength: number;
  readonly rows: readonly Omit<AlpacaContent, 'kind'>[];
  readonly chats: readonly (readonly (readonly [role: Role, content: string])[])[];
  readonly humanAssistant: Readonly<Record<string, readonly Encoded[]>>;
  readonly chat: Readonly<Record<string, readonly Encoded[]>>;
}

const golden = JSON.parse(await readFile(fixture('encoded.json'), 'utf8')) as Golden;

async function withTokenizer(name: string, use: (tokenizer: Tokenizer) => void): Promise<void> {
  const path = fileURLToPath(new URL(`../../../tokenization/fixtures/${name}`, import.meta.url));
  const tokenizer = await loadTokenizer({ kind: 'folder', path });
  try {
    use(tokenizer);
  } finally {
    tokenizer.close();
  }
}

function compare(
  contents: readonly RowContent[],
  expected: readonly Encoded[],
  options: { readonly tokenizer: Tokenizer; readonly template: Template; readonly maxLength: number },
): void {
  assert.equal(contents.length, expected.length);
  for (const [index, content] of contents.entries()) {
    const { ids, labels } = encodeRow({ index, place: `row ${index}`, content }, options);
    assert.deepEqual({ ids: [...ids], labels: [...labels] }, expected[index], JSON.stringify(content));
  }
}

for (const [name, expected] of Object.entries(golden.humanAssistant)) {
  test(`human-assistant gives the ids and labels of transformers with the tokenizer ${name}`, () =>
    withTokenizer(name, (tokenizer) => {
      const contents = golden.rows.map((row): RowContent => ({ kind: 'alpaca', ...row }));
      compare(contents, expected, { tokenizer, template: 'human-assistant', maxLength: golden.maxLength });
    }));
}

for (const [name, expected] of Object.entries(golden.chat)) {
  test(`chat gives the ids and labels of transformers with the tokenizer ${name}`, () =>
    withTokenizer(name, (tokenizer) => {
      const contents = golden.chats.map(
        (turns): RowContent => ({
          kind: 'messages',
          messages: turns.map(([role, content]) => ({ role, content })),
        }),
      );
      compare(contents, expected, { tokenizer, template: 'chat', maxLength: 1000 });
    }));
}
