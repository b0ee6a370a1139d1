import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatasetRow, RowContent } from '../formats/row.ts';
import { faultOf } from '../test-support.ts';
import { bos, charIds, charTokenizer, eos, instructing, textOf } from '../test-tokenizer.ts';
import { encodePrompt } from './encode-prompt.ts';
import { type EncodedRow, type EncodeOptions, encodeRow } from './encode-row.ts';
import { unlabelled } from './pieces.ts';

const row = (content: RowContent): DatasetRow => ({ index: 0, place: 'rows.jsonl:1', content });
const alpaca = (instruction: string, input: string, output: string): DatasetRow =>
  row({ kind: 'alpaca', instruction, input, output });

const encode = (data: DatasetRow, options: Partial<EncodeOptions> = {}): EncodedRow =>
  encodeRow(data, { tokenizer: charTokenizer(), template: 'human-assistant', maxLength: 1000, ...options });

/** The labelled tokens as text; labels must repeat the ids. */
function labelledText({ ids, labels }: EncodedRow): string {
  labels.forEach((label, at) => {
    if (label !== unlabelled) assert.equal(label, ids[at]);
  });
  return textOf(labels.filter((label) => label !== unlabelled));
}

test('human-assistant: the prompt is trimmed, the answer ends in the end token and only it is labelled', () => {
  const encoded = encode(alpaca('Add.', '1 and 2', '3'));
  assert.equal(textOf(encoded.ids), 'Human: Add.\n1 and 2\n\nAssistant: 3</s>');
  assert.equal(labelledText(encoded), '3</s>');
  assert.deepEqual(
    { labelledTokens: encoded.labelledTokens, isCut: encoded.isCut, dropReason: encoded.dropReason },
    { labelledTokens: 2, isCut: false, dropReason: null },
  );
  assert.equal(textOf(encode(alpaca('Add.', '', ' 3 ')).ids), 'Human: Add.\n\nAssistant:  3 </s>');
  assert.equal(textOf(encode(alpaca(' Add.\n', ' \n', '3')).ids), 'Human:  Add.\n\nAssistant: 3</s>');
});

test('a begin token stands only where the tokenizer adds one, once, at the very start', () => {
  const text = 'Human: q\n\nAssistant: a</s>';
  for (const addsEos of [false, true]) {
    assert.equal(textOf(encode(alpaca('q', '', 'a'), { tokenizer: charTokenizer({ addsEos }) }).ids), text);
    const tokenizer = charTokenizer({ addsBos: true, addsEos });
    assert.equal(textOf(encode(alpaca('q', '', 'a'), { tokenizer }).ids), `<s>${text}`);
    const written = row({ kind: 'prompt-completion', prompt: '<s>q', completion: 'a' });
    assert.equal(textOf(encode(written, { tokenizer, template: 'none' }).ids), '<s>qa</s>');
  }
});

test('none: prompt and completion stand as they are', () => {
  const content = row({ kind: 'prompt-completion', prompt: ' p\n', completion: ' c' });
  const encoded = encode(content, { template: 'none' });
  assert.equal(textOf(encoded.ids), ' p\n c</s>');
  assert.equal(labelledText(encoded), ' c</s>');
  assert.equal(textOf(encode(alpaca('i', 'x', 'o'), { template: 'none' }).ids), 'i\nxo</s>');
});

test('text: no template, all but the first token labelled, the end token before the cut', () => {
  for (const template of ['chat', 'human-assistant', 'none'] as const) {
    const encoded = encode(row({ kind: 'text', text: 'abc' }), { template });
    assert.equal(textOf(encoded.ids), 'abc</s>');
    assert.equal(labelledText(encoded), 'bc</s>');
  }
  const withBegin = encode(row({ kind: 'text', text: 'abc' }), {
    tokenizer: charTokenizer({ addsBos: true }),
  });
  assert.equal(textOf(withBegin.ids), '<s>abc</s>');
  assert.equal(labelledText(withBegin), 'abc</s>');
  const cut = encode(row({ kind: 'text', text: 'abc' }), { maxLength: 3 });
  assert.equal(textOf(cut.ids), 'abc');
  assert.equal(cut.isCut, true);
});

test('the end is lost at the maximum length', () => {
  const whole = 'Human: q\n\nAssistant: answer</s>'.replace('</s>', '').length + 1;
  assert.equal(encode(alpaca('q', '', 'answer'), { maxLength: whole }).isCut, false);
  const cut = encode(alpaca('q', '', 'answer'), { maxLength: whole - 2 });
  assert.equal(textOf(cut.ids), 'Human: q\n\nAssistant: answe');
  assert.equal(labelledText(cut), 'answe');
  assert.equal(cut.isCut, true);
  const promptOnly = encode(alpaca('q', '', 'answer'), { maxLength: 8 });
  assert.equal(promptOnly.ids.length, 8);
  assert.equal(promptOnly.labelledTokens, 0);
  assert.equal(promptOnly.dropReason, 'prompt-fills-max-length');
});

test('the first token of a row is never labelled', () => {
  const encoded = encode(row({ kind: 'prompt-completion', prompt: '', completion: 'ab' }), {
    template: 'none',
  });
  assert.equal(textOf(encoded.ids), 'ab</s>');
  assert.deepEqual([...encoded.labels], [unlabelled, ...charIds('b'), eos]);
  const nothing = encode(row({ kind: 'text', text: '' }));
  assert.deepEqual([...nothing.ids], [eos]);
  assert.equal(nothing.dropReason, 'no-labelled-token');
});

test('chat: the answer of every format is what the model would say after the generation prompt', () => {
  for (const data of [
    alpaca('q', 'x', 'a'),
    row({ kind: 'prompt-completion', prompt: 'q\nx', completion: 'a' }),
    row({
      kind: 'messages',
      messages: [
        { role: 'user', content: 'q\nx' },
        { role: 'assistant', content: 'a' },
      ],
    }),
  ]) {
    const encoded = encode(data, { template: 'chat', tokenizer: charTokenizer({ addsBos: true }) });
    assert.equal(textOf(encoded.ids), '<|start|>user\nq\nx<|end|>\n<|start|>assistant\na<|end|>\n');
    assert.equal(labelledText(encoded), 'a<|end|>\n');
  }
});

test('a conversation without an answer is dropped, one that the template refuses is named', async () => {
  const question = row({ kind: 'messages', messages: [{ role: 'user', content: 'q' }] });
  assert.equal(encode(question, { template: 'chat' }).dropReason, 'no-assistant-message');
  assert.equal(encode(question).dropReason, 'no-assistant-message');
  const tokenizer = charTokenizer({ template: instructing });
  const twice = row({
    kind: 'messages',
    messages: [
      { role: 'user', content: 'q' },
      { role: 'user', content: 'r' },
      { role: 'assistant', content: 'a' },
    ],
  });
  const fault = await faultOf(() => encode(twice, { template: 'chat', tokenizer }));
  assert.match(fault.message, /rows\.jsonl:1: .*roles must alternate/);
});

test('human-assistant words conversations turn by turn', () => {
  const encoded = encode(
    row({
      kind: 'messages',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'q1 ' },
        { role: 'assistant', content: 'a1' },
        { role: 'user', content: 'q2' },
        { role: 'assistant', content: 'a2' },
        { role: 'user', content: 'left out' },
      ],
    }),
    { tokenizer: charTokenizer({ addsBos: true }) },
  );
  const turns = ['<s>Human: Be brief.\nq1\n\nAssistant: ', 'a1</s>', 'Human: q2\n\nAssistant: ', 'a2</s>'];
  assert.equal(textOf(encoded.ids), turns.join(''));
  assert.equal(labelledText(encoded), 'a1</s>a2</s>');
});

test('what a template cannot word is refused', async () => {
  const first = row({ kind: 'messages', messages: [{ role: 'assistant', content: 'a' }] });
  assert.match((await faultOf(() => encode(first))).message, /no user message before/);
  assert.match(
    (await faultOf(() => encode(first, { template: 'none' }))).message,
    /cannot word a conversation/,
  );
  const tool = row({ kind: 'messages', messages: [{ role: 'tool', content: 'a' }] });
  assert.match((await faultOf(() => encode(tool))).message, /no words for the role "tool"/);
});

test('a tokenizer without an end token, and a senseless length, are refused', async () => {
  const tokenizer = charTokenizer({ eosId: null });
  assert.equal((await faultOf(() => encode(alpaca('q', '', 'a'), { tokenizer }))).code, 'DATASET_NO_EOS');
  assert.equal(encode(alpaca('q', '', 'a'), { tokenizer, template: 'chat' }).dropReason, null);
  for (const maxLength of [0, 1, 2.5, -3, Number.NaN]) {
    assert.equal(
      (await faultOf(() => encode(alpaca('q', '', 'a'), { maxLength }))).code,
      'DATASET_BAD_MAX_LENGTH',
    );
  }
});

test('a prompt for generation is exactly what training saw before the answer', async () => {
  const contents = [
    [alpaca('q', 'x', 'a'), { instruction: 'q', input: 'x' }],
    [alpaca('q', '', 'a'), { instruction: 'q' }],
  ] as const;
  for (const addsBos of [false, true]) {
    const tokenizer = charTokenizer({ addsBos });
    for (const template of ['chat', 'human-assistant', 'none'] as const) {
      for (const [data, prompt] of contents) {
        const { ids, labels } = encode(data, { tokenizer, template });
        const answerStart = labels.findIndex((label) => label !== unlabelled);
        assert.deepEqual(encodePrompt(prompt, { tokenizer, template }), ids.slice(0, answerStart));
      }
    }
  }
  const messages = [{ role: 'user', content: 'q' }] as const;
  const ids = encodePrompt({ messages }, { tokenizer: charTokenizer(), template: 'chat' });
  assert.equal(textOf(ids), '<|start|>user\nq<|end|>\n<|start|>assistant\n');
  await faultOf(() => encodePrompt({ messages }, { tokenizer: charTokenizer(), template: 'none' }));
  assert.equal(bos, 1);
});
