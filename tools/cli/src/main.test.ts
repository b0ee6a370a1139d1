import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tinyLlama, Workplace } from './testing/run-weft.ts';

const tune = ['tune', '--model', tinyLlama, '--output', 'out'];

const badInputs: readonly (readonly [name: string, args: readonly string[], field: RegExp])[] = [
  ['an unknown option', ['tune', '--rnak', '3'], /--rnak/],
  ['an unknown command', ['tnue'], /command line/],
  ['an option of another command', ['score', '--rank', '3'], /--rank/],
  ['a missing option', ['tune', '--model', tinyLlama], /--data/],
  ['a wrong type', [...tune, '--data', 'rows.jsonl', '--rank', 'eight'], /--rank/],
  ['a number out of range', [...tune, '--data', 'rows.jsonl', '--dropout', '1'], /--dropout/],
  ['a word out of its list', [...tune, '--data', 'rows.jsonl', '--method', 'dora'], /--method/],
  ['no such data', [...tune, '--data', 'none.jsonl'], /none\.jsonl/],
  ['a malformed row', [...tune, '--data', 'broken.jsonl'], /broken\.jsonl:2/],
  ['data without an answer', [...tune, '--data', 'rows.jsonl', '--max-length', '8'], /rows\.jsonl/],
  ['no such model', ['tune', '--model', './none', '--data', 'rows.jsonl', '--output', 'out'], /--model/],
  ['no such target', [...tune, '--data', 'rows.jsonl', '--target-modules', 'w_proj'], /--target-modules/],
  [
    'an option of another method',
    [...tune, '--data', 'rows.jsonl', '--method', 'ia3', '--rank', '4'],
    /--rank/,
  ],
  ['no such adapter', ['generate', '--model', tinyLlama, '--adapter', 'none', '--prompt', 'a'], /none/],
  [
    'an output below a file',
    [...tune.slice(0, 3), '--output', 'rows.jsonl/out', '--data', 'rows.jsonl'],
    /rows\.jsonl/,
  ],
];

test('bad input ends with 2, names its field and leaves nothing behind', async () => {
  using place = new Workplace();
  place.writeRows('rows.jsonl', 3);
  place.write('broken.jsonl', '{"instruction":"a","output":"b"}\n{"instruction":\n');
  for (const [name, args, field] of badInputs) {
    const result = await place.weft([...args, '--json']);
    assert.equal(result.code, 2, `${name}: ${result.out}${result.error}`);
    const error = result.events().at(-1);
    assert.equal(error?.event, 'error', name);
    assert.match(String(error?.['field']), field, name);
    assert.ok(String(error?.['remedy']).length > 3, name);
    assert.ok(!existsSync(join(place.path, 'out')), name);
  }
});

test('people read the error on standard error, with what to do', async () => {
  using place = new Workplace();
  const result = await place.weft(['tune', '--ranks', '3']);
  assert.equal(result.code, 2);
  assert.equal(result.out, '');
  assert.match(result.error, /^error: unknown option '--ranks'\n {2}remedy: Did you mean --rank\?\n$/);
});

test('every command has help, and bare weft shows it', async () => {
  using place = new Workplace();
  const bare = await place.weft([]);
  assert.equal(bare.code, 0);
  for (const name of [
    'quickstart',
    'tune',
    'estimate',
    'generate',
    'score',
    'merge',
    'tokenize',
    'model',
    'completion',
  ]) {
    assert.match(bare.out, new RegExp(`^ {2}${name}\\b`, 'm'));
    const help = await place.weft([name, '--help']);
    assert.equal(help.code, 0);
    assert.match(help.out, new RegExp(`^Usage: weft ${name}`));
    assert.equal(help.error, '');
  }
});
