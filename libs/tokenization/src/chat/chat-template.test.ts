import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { type ChatMessage, type ChatOptions, ChatTemplate } from './chat-template.ts';
import { TemplateRenderer } from './template-renderer.ts';

interface Case {
  readonly template: string;
  readonly chat: string;
  readonly options: number;
  readonly text?: string;
  readonly raises?: string;
}

interface Cases {
  readonly templates: Readonly<Record<string, string>>;
  readonly chats: Readonly<Record<string, readonly ChatMessage[]>>;
  readonly options: readonly Readonly<Record<string, unknown>>[];
  readonly cases: readonly Case[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/chat-templates.json', import.meta.url), 'utf8'),
) as Cases;

const specialTokens = {
  bos_token: '<|im_start|>',
  eos_token: '<|im_end|>',
  pad_token: '<|im_end|>',
  unk_token: '<|endoftext|>',
};

function optionsOf(index: number): ChatOptions {
  const { add_generation_prompt, tools, documents, ...variables } = golden.options[index] ?? {};
  return {
    addGenerationPrompt: add_generation_prompt === true,
    tools: tools as object[] | undefined,
    documents: documents as object[] | undefined,
    variables,
  };
}

const isFailure = (error: unknown, raised: string): boolean =>
  isWeftError(error) && (error.code === 'CHAT_TEMPLATE_FAILED' || error.message.endsWith(`: ${raised}`));

describe('templates give the text that transformers gives', () => {
  for (const [name, text] of Object.entries(golden.templates)) {
    test(name, () => {
      const template = new ChatTemplate({
        place: name,
        templates: new Map([['default', text]]),
        specialTokens,
      });
      for (const expected of golden.cases.filter((item) => item.template === name)) {
        const render = () => template.render(golden.chats[expected.chat] ?? [], optionsOf(expected.options));
        const place = `${name}, ${expected.chat}, options ${expected.options}`;
        const { raises, text: rendered } = expected;
        if (raises === undefined) assert.equal(render(), rendered, place);
        else assert.throws(render, (error) => isFailure(error, raises), place);
      }
      template.close();
    });
  }
});

const messages: readonly ChatMessage[] = [{ role: 'user', content: 'hi' }];

function rendering(template: string, more: ReadonlyMap<string, string> = new Map()): ChatTemplate {
  return new ChatTemplate({
    place: 'there',
    templates: new Map([['default', template], ...more]),
    specialTokens,
  });
}

describe('a template of a stranger', () => {
  const failing = {
    'does not parse': '{% for m in messages %}{{ m.content }',
    'calls what is not there': '{{ messages.explode() }}',
    'recurses without end': '{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}',
    'asks for a huge range': '{% for i in range(1000000000) %}x{% endfor %}',
    'divides a range by nothing': '{% for i in range(0, 9, 0) %}x{% endfor %}',
    'gives too much text':
      "{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}{% for i in range(24) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
  };
  for (const [what, template] of Object.entries(failing)) {
    test(`fails where it ${what}`, () => {
      const chat = rendering(template);
      assert.throws(() => chat.render(messages), { code: 'CHAT_TEMPLATE_FAILED', kind: 'invalid' });
      chat.close();
    });
  }

  test('is stopped where it runs or grows without end, and the next one is served', () => {
    const limits = { timeMs: 1500, heapMegabytes: 32, maxLength: 1000 };
    const renderer = new TemplateRenderer('there', limits);
    const endless =
      '{% for a in range(100000) %}{% for b in range(100000) %}{% set c = a * b %}{% endfor %}{% endfor %}';
    const doubling =
      '{% set ns = namespace(l=[messages]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}';
    for (const template of [endless, doubling]) {
      assert.throws(() => renderer.render(template, { messages }), { code: 'CHAT_TEMPLATE_FAILED' });
    }
    assert.equal(renderer.render('{{ messages[0].content }}', { messages }), 'hi');
    renderer.close();
  });

  test('sees neither functions nor prototypes of the program', () => {
    const chat = rendering(
      '{{ messages[0].constructor is defined }}{{ messages.__proto__ is defined }}{{ process is defined }}',
    );
    assert.equal(chat.render(messages), 'FalseFalseFalse');
    chat.close();
  });
});

test('raise_exception is told as a refusal of the conversation', () => {
  const chat = rendering("{{ raise_exception('No system, please') }}");
  assert.throws(() => chat.render(messages), {
    code: 'CHAT_TEMPLATE_REFUSES',
    field: 'messages',
    message: 'there: the chat template refuses the conversation: No system, please',
  });
  chat.close();
});

test('a template for tools is taken where there are tools', () => {
  const chat = rendering('plain', new Map([['tool_use', 'with tools']]));
  assert.equal(chat.render(messages), 'plain');
  assert.equal(chat.render(messages, { tools: [{}] }), 'with tools');
  assert.equal(chat.text, 'plain');
  chat.close();
});

test('a model without a template says so', () => {
  const none = new ChatTemplate({ place: 'there', templates: new Map(), specialTokens });
  assert.throws(() => none.render(messages), {
    code: 'CHAT_TEMPLATE_MISSING',
    message: 'there has no chat template',
  });
  assert.equal(none.text, null);
  const other = new ChatTemplate({ place: 'there', templates: new Map([['rag', 'x']]), specialTokens });
  assert.throws(() => other.render(messages), { code: 'CHAT_TEMPLATE_MISSING', message: /rag/ });
});

test('a conversation that is no plain data is refused', () => {
  const chat = rendering('{{ messages | length }}');
  assert.throws(() => chat.render([{ role: 'user', content: () => 'hi' }]), { code: 'CHAT_TEMPLATE_FAILED' });
  assert.equal(chat.render(messages), '1');
  chat.close();
});
