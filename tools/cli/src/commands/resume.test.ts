import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tinyLlama, type WeftEvent, type WeftResult, Workplace } from '../testing/run-weft.ts';

const steps = 40;
const common = ['tune', '--model', tinyLlama, '--data', 'rows.jsonl', '--dtype', 'float32', '--json'];
const sizes = ['--batch-size', '2', '--gradient-accumulation-steps', '2', '--max-steps', String(steps)];
const options = [...common, ...sizes, '--save-every', '7', '--log-every', '1'];

/** Sends `signal` to the run once it has told of step `step`. */
function interrupted(
  place: Workplace,
  output: string,
  { signal, step }: { readonly signal: NodeJS.Signals; readonly step: number },
): Promise<WeftResult> {
  let isSent = false;
  return place.weft([...options, '--output', output], (child, out) => {
    if (isSent || !out.includes(`"event":"step","step":${step},`)) return;
    isSent = true;
    child.kill(signal);
  });
}

function adapterBytes(place: Workplace, folder: string): Buffer {
  return readFileSync(join(place.path, folder, 'adapter_model.safetensors'));
}

function loggedSteps(place: Workplace, folder: string): readonly number[] {
  const lines = readFileSync(join(place.path, folder, 'events.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  const events = lines.map((line) => JSON.parse(line) as WeftEvent);
  return events.filter(({ event }) => event === 'step').map((event) => Number(event['step']));
}

test('a run that is stopped or killed at any step goes on to the same bytes', async () => {
  using place = new Workplace();
  place.writeRows('rows.jsonl', 11);
  const whole = await place.weft([...options, '--output', 'whole']);
  assert.equal(whole.code, 0, whole.error);
  for (const [signal, code] of [
    ['SIGTERM', 75],
    ['SIGINT', 75],
    ['SIGKILL', null],
  ] as const) {
    const step = randomInt(1, steps / 2);
    const cut = await interrupted(place, signal, { signal, step });
    const which = `${signal} at step ${step}`;
    assert.equal(cut.code, code, `${which}: ${cut.error}`);
    assert.ok(!existsSync(join(place.path, signal, 'adapter_config.json')), `${which}: no result yet`);
    if (code !== null) assert.equal(cut.events().at(-1)?.['code'], 'TRAINING_STOPPED');
    const resumed = await place.weft([...options, '--output', signal, '--resume']);
    assert.equal(resumed.code, 0, `${which}: ${resumed.error}`);
    assert.ok(adapterBytes(place, signal).equals(adapterBytes(place, 'whole')), which);
    const all = Array.from({ length: steps }, (_, index) => index + 1);
    assert.deepEqual(loggedSteps(place, signal), all, which);
  }
});

test('resuming begins where there is nothing, ends where all is done, and refuses other options', async () => {
  using place = new Workplace();
  place.writeRows('rows.jsonl', 4);
  const args = [...common, '--output', 'out', '--max-steps', '2', '--resume'];
  const first = await place.weft(args);
  assert.equal(first.code, 0, first.error);
  assert.match(first.error, /no checkpoint; starting from the beginning/);
  const before = adapterBytes(place, 'out');
  const again = await place.weft(args);
  assert.equal(again.code, 0, again.error);
  assert.ok(adapterBytes(place, 'out').equals(before));
  const other = await place.weft([...args, '--rank', '4']);
  assert.equal(other.code, 2);
  assert.equal(other.events().at(-1)?.['field'], '--rank');
});

test('a folder that holds a run is refused, or replaced if that is asked for', async () => {
  using place = new Workplace();
  place.writeRows('rows.jsonl', 4);
  const args = [...common, '--output', 'out', '--max-steps', '1'];
  assert.equal((await place.weft(args)).code, 0);
  const refused = await place.weft(args);
  assert.equal(refused.code, 2);
  assert.equal(refused.events()[0]?.['code'], 'OUTPUT_HOLDS_RUN');
  assert.equal((await place.weft([...args, '--overwrite', '--rank', '2'])).code, 0);
  const config = JSON.parse(readFileSync(join(place.path, 'out', 'adapter_config.json'), 'utf8'));
  assert.equal(config.r, 2);
});

test('two runs never share a folder', async () => {
  using place = new Workplace();
  place.writeRows('rows.jsonl', 11);
  let second: Promise<WeftResult> | null = null;
  const long = [...options, '--output', 'cut', '--max-steps', '100000'];
  const first = await place.weft(long, (child, out) => {
    if (second !== null || !out.includes('"checkpoint"')) return;
    second = place.weft([...long, '--resume']);
    void second.then(() => child.kill('SIGTERM'));
  });
  assert.equal(first.code, 75, first.error);
  const refused = await (second as Promise<WeftResult> | null);
  assert.equal(refused?.code, 2);
  assert.equal(refused?.events().at(-1)?.['code'], 'OUTPUT_IN_USE');
});
