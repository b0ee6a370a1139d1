import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tinyLlama, type WeftEvent, Workplace } from '../testing/run-weft.ts';

const model = ['--model', tinyLlama];
const float32 = ['--dtype', 'float32'];

async function tuned(place: Workplace): Promise<void> {
  place.writeRows('rows.jsonl', 6);
  const rate = ['--learning-rate', '2e-2', '--batch-size', '2', '--gradient-accumulation-steps', '1'];
  const args = [
    'tune',
    ...model,
    ...float32,
    '--data',
    'rows.jsonl',
    '--output',
    'adapter',
    '--max-steps',
    '6',
  ];
  const result = await place.weft([...args, ...rate, '--template', 'none']);
  assert.equal(result.code, 0, result.error);
}

function sumOf(events: readonly WeftEvent[], key: string): number {
  return events
    .filter(({ event }) => event === 'score')
    .reduce((total, event) => total + Number(event[key]), 0);
}

test('scores come in the order of the file, with zeros for rows that teach nothing', async () => {
  using place = new Workplace();
  const rows = [
    { instruction: 'a', output: 'yes' },
    { instruction: 'x'.repeat(100), output: 'never reached' },
    { instruction: 'b', output: 'no, or perhaps' },
  ];
  place.write('rows.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
  const args = ['score', ...model, '--data', 'rows.jsonl', '--max-length', '60', '--json', ...float32];
  const result = await place.weft([...args, '--batch-size', '2']);
  assert.equal(result.code, 0, result.error);
  const events = result.events();
  assert.deepEqual(
    events.map(({ index }) => index),
    [0, 1, 2, undefined],
  );
  assert.deepEqual(
    [events[1]?.['labelledTokens'], events[1]?.['logProbability'], events[1]?.['tokens']],
    [0, 0, 60],
  );
  const { rows: count, labelledTokens, tokens, loss, perplexity } = events.at(-1) ?? { event: 'none' };
  assert.deepEqual([count, labelledTokens], [3, sumOf(events, 'labelledTokens')]);
  assert.equal(tokens, sumOf(events, 'tokens'));
  assert.ok(Math.abs(Number(loss) + sumOf(events, 'logProbability') / Number(labelledTokens)) < 1e-9);
  assert.ok(Math.abs(Math.log(Number(perplexity)) - Number(loss)) < 1e-9);
  const alone = await place.weft([...args, '--batch-size', '1']);
  const single = Number(alone.events()[2]?.['logProbability']);
  assert.ok(Math.abs(single - Number(events[2]?.['logProbability'])) < 1e-3, 'batches change no score');
});

test('a merged model scores as the base with the adapter, and differs from the base alone', async () => {
  using place = new Workplace();
  await tuned(place);
  const merged = await place.weft(['merge', ...model, '--adapter', 'adapter', '--output', 'merged']);
  assert.equal(merged.code, 0, merged.error);
  const score = async (use: readonly string[]): Promise<number> => {
    const data = ['--data', 'rows.jsonl', '--template', 'none', '--json', ...float32];
    const result = await place.weft(['score', ...use, ...data]);
    assert.equal(result.code, 0, result.error);
    return Number(result.events().at(-1)?.['loss']);
  };
  const adapted = await score([...model, '--adapter', 'adapter']);
  assert.ok(Math.abs((await score(['--model', 'merged'])) - adapted) < 1e-4);
  assert.ok((await score(model)) - adapted > 0.05);
  const config = JSON.parse(readFileSync(join(place.path, 'merged', 'config.json'), 'utf8'));
  assert.equal(config.dtype, 'float32');
  assert.ok(existsSync(join(place.path, 'merged', 'tokenizer.json')));
  const again = await place.weft(['merge', ...model, '--adapter', 'adapter', '--output', 'merged']);
  assert.equal(again.code, 2);
});

test('an adapter of other weights is refused, unless that is allowed', async () => {
  using place = new Workplace();
  await tuned(place);
  const record = join(place.path, 'adapter', 'weft.json');
  const text = readFileSync(record, 'utf8').replace(
    /"baseDigest": "[0-9a-f]+"/,
    `"baseDigest": "${'0'.repeat(64)}"`,
  );
  place.write('adapter/weft.json', text);
  const args = [
    'generate',
    ...model,
    '--adapter',
    'adapter',
    '--prompt',
    'hi',
    '--max-new-tokens',
    '2',
    '--json',
  ];
  const refused = await place.weft(args);
  assert.equal(refused.code, 2);
  assert.equal(refused.events()[0]?.['code'], 'ADAPTER_OTHER_BASE');
  assert.match(String(refused.events()[0]?.['message']), /0{64}.*[0-9a-f]{64}/);
  assert.equal((await place.weft([...args, '--allow-other-base'])).code, 0);
});

test('an answer is streamed, is the same each time, and ends where it should', async () => {
  using place = new Workplace();
  const args = ['generate', ...model, '--prompt', 'hello', '--json', ...float32];
  const greedy = (await place.weft([...args, '--max-new-tokens', '8'])).events();
  const answer = greedy.at(-1);
  const tokens = greedy.filter(({ event }) => event === 'token');
  assert.equal(tokens.length, answer?.['newTokens']);
  assert.ok(String(answer?.['text']).startsWith(tokens.map(({ text }) => text).join('')));
  const sampled = ['--max-new-tokens', '8', '--temperature', '2', '--top-k', '50', '--seed', '7'];
  const [one, two] = await Promise.all([
    place.weft([...args, ...sampled]),
    place.weft([...args, ...sampled]),
  ]);
  assert.equal(one.events().at(-1)?.['text'], two.events().at(-1)?.['text']);
  assert.notEqual(one.events().at(-1)?.['text'], answer?.['text']);
  const all = (await place.weft([...args])).events().at(-1);
  const taken = Number(all?.['newTokens']) + Number(all?.['promptTokens']);
  assert.ok(all?.['finishReason'] === 'stop' || taken === 256, 'the positions of the model bound the answer');
});

test("a chat uses the model's own template", async () => {
  using place = new Workplace();
  const args = ['generate', ...model, '--chat', '--prompt', 'hello', '--max-new-tokens', '2', '--json'];
  const chat = await place.weft(args);
  assert.equal(chat.code, 0, chat.error);
  const conflict = await place.weft([...args, '--template', 'none']);
  assert.equal(conflict.code, 2);
  assert.equal(conflict.events()[0]?.['field'], '--template');
});

test('tokens of texts and files come back as they went in', async () => {
  using place = new Workplace();
  place.write('texts.jsonl', '{"text":"one two"}\n{"text":"drei, ½"}\n');
  const result = await place.weft(['tokenize', ...model, '--file', 'texts.jsonl', '--json']);
  assert.equal(result.code, 0, result.error);
  assert.deepEqual(
    result.events().map(({ event, index, isRoundTrip }) => [event, index, isRoundTrip]),
    [
      ['tokens', 0, true],
      ['tokens', 1, true],
    ],
  );
});

test('an estimate adds up and writes nothing', async () => {
  using place = new Workplace();
  place.writeRows('rows.jsonl', 6);
  const result = await place.weft(['estimate', ...model, '--data', 'rows.jsonl', '--json', '--rank', '2']);
  assert.equal(result.code, 0, result.error);
  const [estimate] = result.events();
  assert.equal(estimate?.['trainableParameters'], 2 * 2 * (128 + 96 + 96 + 128));
  const parts = Object.values(estimate?.['memory'] as Readonly<Record<string, number>>);
  assert.equal(
    parts.reduce((total, part) => total + part, 0),
    estimate?.['peakBytes'],
  );
  assert.ok(Number(estimate?.['flops']) > 0);
  assert.ok(!existsSync(join(place.path, 'checkpoints')));
});

test('a model is described', async () => {
  using place = new Workplace();
  const result = await place.weft(['model', 'show', tinyLlama, '--json']);
  assert.equal(result.code, 0, result.error);
  const [event] = result.events();
  assert.deepEqual(
    [event?.['architecture'], event?.['parameters'], event?.['hasChatTemplate']],
    ['llama', 98_624, true],
  );
});
