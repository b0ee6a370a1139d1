import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { otherTinyModel, tinyLlama, type WeftEvent, Workplace } from '../testing/run-weft.ts';

const base = ['--model', tinyLlama, '--data', 'rows.jsonl', '--dtype', 'float32'];
const quick = [...base, '--batch-size', '2', '--gradient-accumulation-steps', '2'];

function named(events: readonly WeftEvent[], name: string): readonly WeftEvent[] {
  return events.filter(({ event }) => event === name);
}

test('a run tells its events, learns, and leaves an adapter', async () => {
  using place = new Workplace();
  place.writeRows('rows.jsonl', 10);
  const args = [
    'tune',
    ...quick,
    '--output',
    'out',
    '--epochs',
    '4',
    '--log-every',
    '3',
    '--learning-rate',
    '2e-2',
  ];
  const result = await place.weft([...args, '--evaluation-data', 'rows.jsonl', '--json']);
  assert.equal(result.code, 0, result.error);
  const events = result.events();
  const [start] = named(events, 'start');
  const { rowsKept, rowsDropped, totalSteps, trainableParameters, totalParameters, dtype } = start ?? {
    event: 'none',
  };
  assert.deepEqual([rowsKept, rowsDropped, totalSteps, dtype], [10, 0, 12, 'float32']);
  assert.equal(Number(totalParameters) - Number(trainableParameters), 98_624);
  const steps = named(events, 'step');
  assert.deepEqual(
    steps.map(({ step }) => step),
    [3, 6, 9, 12],
  );
  assert.ok(Number(steps.at(-1)?.['loss']) < Number(steps[0]?.['loss']) - 0.5);
  assert.equal(named(events, 'evaluation').length, 4);
  assert.equal(named(events, 'checkpoint').length, 4);
  assert.deepEqual(named(events, 'end').length, 1);
  const folder = join(place.path, 'out');
  for (const name of ['adapter_config.json', 'adapter_model.safetensors', 'README.md', 'weft.json'])
    assert.ok(existsSync(join(folder, name)), name);
  const written = readFileSync(join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    written.map((line) => JSON.parse(line)),
    events,
  );
  assert.ok(existsSync(join(folder, 'checkpoints', 'step-12')));
  assert.ok(!existsSync(join(folder, 'checkpoints', 'step-6')), 'only the newest two are kept');
});

for (const [method, target] of [
  ['ia3', 'adapter_model.safetensors'],
  ['prefix', 'adapter_model.safetensors'],
  ['full', 'model.safetensors'],
] as const) {
  test(`the method ${method} trains and its result can be used`, async () => {
    using place = new Workplace();
    place.writeRows('rows.jsonl', 4);
    const result = await place.weft([
      'tune',
      ...quick,
      '--output',
      'out',
      '--method',
      method,
      '--max-steps',
      '2',
    ]);
    assert.equal(result.code, 0, result.error);
    assert.ok(existsSync(join(place.path, 'out', target)));
    const use = method === 'full' ? ['--model', 'out'] : ['--model', tinyLlama, '--adapter', 'out'];
    const scored = await place.weft(['score', ...use, '--data', 'rows.jsonl', '--json']);
    assert.equal(scored.code, 0, scored.error);
    assert.equal(named(scored.events(), 'score').length, 4);
  });
}

test('a configuration file gives options, and the command line wins', async () => {
  using place = new Workplace();
  place.writeRows('rows.jsonl', 4);
  const lines = [`model: ${tinyLlama}`, 'data: rows.jsonl', 'output: out', 'rank: 2', 'maxSteps: 9'];
  place.write('run.yaml', `${lines.join('\n')}\ntargetModules: [q_proj]\nlearningRate: 1e-3\n`);
  const result = await place.weft(['tune', '--config', 'run.yaml', '--max-steps', '1', '--json']);
  assert.equal(result.code, 0, result.error);
  const [start] = named(result.events(), 'start');
  assert.equal(start?.['totalSteps'], 1);
  assert.equal(start?.['trainableParameters'], 2 * 2 * (64 + 64));
  place.write('bad.yaml', `${lines.join('\n')}\nlearning_rate: 1e-3\n`);
  const refused = await place.weft(['tune', '--config', 'bad.yaml', '--json']);
  assert.equal(refused.code, 2);
  assert.equal(refused.events()[0]?.['field'], 'learning_rate');
});

test('an adapter can be trained on, but not against its structure', async () => {
  using place = new Workplace();
  place.writeRows('rows.jsonl', 4);
  const first = await place.weft(['tune', ...quick, '--output', 'a', '--rank', '4', '--max-steps', '2']);
  assert.equal(first.code, 0, first.error);
  const on = ['tune', ...quick, '--from-adapter', 'a', '--max-steps', '2', '--dropout', '0', '--json'];
  const second = await place.weft([...on, '--output', 'b', '--rank', '4']);
  assert.equal(second.code, 0, second.error);
  const config = JSON.parse(readFileSync(join(place.path, 'b', 'adapter_config.json'), 'utf8'));
  assert.deepEqual([config.r, config.lora_dropout], [4, 0]);
  const refused = await place.weft([...on, '--output', 'c', '--rank', '8']);
  assert.equal(refused.code, 2);
  assert.equal(refused.events().at(-1)?.['field'], '--rank');
  const other = ['--model', otherTinyModel, '--adapter', 'a', '--data', 'rows.jsonl', '--json'];
  const misfit = await place.weft(['score', ...other]);
  assert.equal(misfit.code, 2);
  assert.ok(!existsSync(join(place.path, 'c')), 'a refused run leaves nothing behind');
});

test('a loss that is no number ends the run with 3 and keeps the last checkpoint', async () => {
  using place = new Workplace();
  place.writeRows('rows.jsonl', 4);
  const rates = ['--learning-rate', '1e38', '--max-gradient-norm', '0', '--schedule', 'constant'];
  const args = ['tune', ...quick, '--output', 'out', '--save-every', '1', '--max-steps', '20', ...rates];
  const result = await place.weft([...args, '--json']);
  assert.equal(result.code, 3, result.out);
  assert.equal(result.events().at(-1)?.['kind'] ?? result.events().at(-1)?.event, 'error');
  assert.ok(!existsSync(join(place.path, 'out', 'adapter_config.json')));
});
