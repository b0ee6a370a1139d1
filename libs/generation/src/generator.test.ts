/** Against the plain forward pass: the cache, prompts in pieces and other sequences must not change a token. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCpuExecutor } from '@weft/engine';
import { buildDecodeProgram, buildLogitsProgram, openBaseModel, WeightLoader } from '@weft/models';
import { type GenerationRequest, Generator } from './generator.ts';
import { indexOfLargest } from './sampler.ts';
import { greedy } from './sampling-options.ts';

const signal = new AbortController().signal;
const newTokens = 6;

async function openFixture(name: string) {
  const path = fileURLToPath(new URL(`../../models/fixtures/${name}`, import.meta.url));
  const model = await openBaseModel(path, signal);
  const executor = openCpuExecutor({ threads: 2 });
  const loader = new WeightLoader(model, executor);
  return { model, executor, loader };
}

type Fixture = Awaited<ReturnType<typeof openFixture>>;

async function createGenerator({ model, executor, loader }: Fixture, maxSequences: number) {
  const { config } = model;
  return Generator.create({
    executor,
    program: buildDecodeProgram(config),
    weights: (name) => loader.weight(name),
    compute: 'float32',
    layers: config.layers,
    keyValueFeatures: config.kvHeads * config.headDim,
    vocabularySize: config.vocabularySize,
    maxPositions: config.maxPositions,
    maxSequences,
    maxSequenceTokens: config.maxPositions,
    parameters: new Map(),
    prefix: null,
  });
}

/** Greedy continuation by the whole forward pass for every token. */
async function continuePlainly({ model, executor, loader }: Fixture, prompt: readonly number[]) {
  const { config } = model;
  const ids = [...prompt];
  for (let step = 0; step < newTokens; step++) {
    const tokens = ids.length;
    const dimensions = { tokens, sequences: 1, sequenceBounds: 2 };
    const options = {
      capacity: dimensions,
      weights: (name: string) => loader.weight(name),
      compute: 'float32' as const,
    };
    const session = await executor.compile(buildLogitsProgram(config), options);
    const logits = new Float32Array(tokens * config.vocabularySize);
    session.bind('ids', Int32Array.from(ids));
    session.bind(
      'positions',
      Int32Array.from(ids, (_, at) => at),
    );
    session.bind('sequenceStarts', Int32Array.of(0, tokens));
    session.bind('output:logits', logits);
    await session.run(dimensions);
    ids.push(indexOfLargest(logits.subarray(-config.vocabularySize)));
  }
  return ids.slice(prompt.length);
}

function request(promptIds: readonly number[]): GenerationRequest {
  return { promptIds, maxNewTokens: newTokens, stopIds: new Set(), sampling: greedy };
}

async function collect(generator: Generator, requests: readonly GenerationRequest[]) {
  const answers = requests.map(() => [] as number[]);
  for await (const { request: index, id } of generator.generate(requests, signal)) {
    if (id !== null) answers[index]?.push(id);
  }
  return answers;
}

for (const name of ['llama', 'mistral', 'qwen3', 'gpt2']) {
  test(`${name}: cached decoding of many sequences equals the plain forward pass`, async () => {
    const fixture = await openFixture(name);
    const prompts = [
      [5, 9, 33, 2, 71],
      [12],
      Array.from({ length: 30 }, (_, at) => (at * 7) % 90),
      [40, 41, 42],
    ];
    const generator = await createGenerator(fixture, 2);
    const answers = await collect(generator, prompts.map(request));
    for (const [index, prompt] of prompts.entries()) {
      assert.deepEqual(answers[index], await continuePlainly(fixture, prompt), `prompt ${index}`);
    }
  });
}

test('a stop token ends a sequence and is not given out', async () => {
  const fixture = await openFixture('llama');
  const generator = await createGenerator(fixture, 1);
  const [plain = []] = await collect(generator, [request([5, 9, 33])]);
  const stop = plain[2] ?? -1;
  const events = [];
  const stopping = { ...request([5, 9, 33]), stopIds: new Set([stop]) };
  for await (const event of generator.generate([stopping], signal)) events.push(event);
  assert.deepEqual(events.at(-1), { request: 0, id: null, finished: 'stop' });
  assert.equal(
    events.some(({ id }) => id === stop),
    false,
  );
});

test('prompts without room are refused before anything runs', async () => {
  const generator = await createGenerator(await openFixture('llama'), 1);
  await assert.rejects(collect(generator, [request([])]), { code: 'PROMPT_EMPTY' });
  const long = Array.from({ length: 300 }, () => 1);
  await assert.rejects(collect(generator, [request(long)]), { code: 'PROMPT_TOO_LONG' });
});
