import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChatMessage } from '../formats/row.ts';
import { faultOf } from '../test-support.ts';
import { charTokenizer, chatMl, instructing, thinking, trimming } from '../test-tokenizer.ts';
import { renderChat } from './chat-spans.ts';
import type { RowTokenizer } from './row-tokenizer.ts';

const conversation: readonly ChatMessage[] = [
  { role: 'user', content: 'q1' },
  { role: 'assistant', content: ' a1' },
  { role: 'user', content: 'a1' },
  { role: 'assistant', content: 'a1' },
];

function answersIn(template: RowTokenizer['applyChatTemplate'], messages: readonly ChatMessage[]): string[] {
  const answers = messages.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []));
  const { text, spans } = renderChat(charTokenizer({ template }), messages, { answers, place: 'here' });
  assert.equal(text, template(messages, { addGenerationPrompt: false }));
  return spans.map(({ start, end }) => text.slice(start, end));
}

test('every answer is found with its end of turn and without its header', () => {
  assert.deepEqual(answersIn(chatMl, conversation), [' a1<|end|>\n', 'a1<|end|>\n']);
  assert.deepEqual(answersIn(trimming, conversation), ['a1<|end|>', 'a1<|end|>']);
  assert.deepEqual(answersIn(instructing, conversation), ['  a1</s>', ' a1</s>']);
});

test('a template that words earlier turns otherwise than the last is followed', () => {
  const messages: readonly ChatMessage[] = [
    { role: 'user', content: 'q1' },
    { role: 'assistant', content: '<think>long</think>\n\nfirst' },
    { role: 'user', content: 'q2' },
    { role: 'assistant', content: 'second' },
  ];
  assert.deepEqual(answersIn(thinking, messages.slice(0, 2)), ['<think>\n\n</think>\n\nfirst<|end|>\n']);
  assert.deepEqual(answersIn(thinking, messages), [
    'first<|end|>\n',
    '<think>\n\n</think>\n\nsecond<|end|>\n',
  ]);
});

test('an answer that the template leaves out is named', async () => {
  const forgetful: RowTokenizer['applyChatTemplate'] = (messages) => messages.at(-1)?.content ?? '';
  const fault = await faultOf(() => answersIn(forgetful, conversation));
  assert.equal(fault.code, 'DATASET_TEMPLATE_UNFIT');
  assert.match(fault.message, /here: message 1 cannot be found/);
});

test('whatever is said, the answers are what was said', () => {
  const content = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '<', '|', 'end', '🦀') });
  const turns = fc.array(fc.tuple(content, content), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(turns, (pairs) => {
      const messages = pairs.flatMap(([question, answer]): ChatMessage[] => [
        { role: 'user', content: question },
        { role: 'assistant', content: answer },
      ]);
      const answers = pairs.map(([, answer]) => answer);
      assert.deepEqual(
        answersIn(chatMl, messages),
        answers.map((answer) => `${answer}<|end|>\n`),
      );
      assert.deepEqual(
        answersIn(trimming, messages),
        answers.map((answer) => `${answer.trim()}<|end|>`),
      );
      assert.deepEqual(
        answersIn(thinking, messages),
        answers.map((answer, index) => {
          const said = `${answer.trimStart()}<|end|>\n`;
          return index === answers.length - 1 ? `<think>\n\n</think>\n\n${said}` : said;
        }),
      );
    }),
    { numRuns: 200 },
  );
});
