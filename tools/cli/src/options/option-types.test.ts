import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  choice,
  columns,
  flag,
  integer,
  layers,
  moduleNames,
  names,
  number,
  pattern,
  text,
} from './option-types.ts';

test('numbers are read whole or not at all', () => {
  const rank = integer({ atLeast: 1 });
  assert.equal(rank.fromText('16'), 16);
  for (const bad of ['', '0', '-1', '1.5', '1e3', '0x10', 'eight', '16 ', '99999999999999999999'])
    assert.equal(rank.fromText(bad), undefined, bad);
  const rate = number({ above: 0 });
  assert.equal(rate.fromText('5e-4'), 5e-4);
  assert.equal(rate.fromText('.5'), 0.5);
  for (const bad of ['', '0', '-1', 'NaN', 'Infinity', '1e999', '5e'])
    assert.equal(rate.fromText(bad), undefined, bad);
  assert.equal(number({ atLeast: 0, below: 1 }).fromText('1'), undefined);
});

test('a configuration file has typed values, and text is no number there', () => {
  assert.equal(integer().fromConfig(3), 3);
  assert.equal(integer().fromConfig('3'), undefined);
  assert.equal(integer().fromConfig(3.5), undefined);
  assert.equal(number().fromConfig(Number.NaN), undefined);
  assert.equal(flag.fromConfig(false), false);
  assert.equal(flag.fromConfig('false'), undefined);
  assert.equal(text('X').fromConfig(1), undefined);
});

test('modules are a list, all-linear, or an expression', () => {
  assert.deepEqual(moduleNames.fromText('q_proj, v_proj'), ['q_proj', 'v_proj']);
  assert.equal(moduleNames.fromText('all-linear'), 'all-linear');
  assert.equal(moduleNames.fromText('regex:.*\\.(q|v)_proj,x'), '.*\\.(q|v)_proj,x');
  assert.equal(moduleNames.fromText('regex:'), undefined);
  assert.equal(moduleNames.fromText('q_proj,,v_proj'), undefined);
  assert.deepEqual(moduleNames.fromConfig(['q_proj']), ['q_proj']);
  assert.equal(moduleNames.fromConfig([1]), undefined);
  assert.equal(names.fromConfig([]), undefined);
});

test('lists of layers, patterns, columns and words', () => {
  assert.deepEqual(layers.fromText('0, 2'), [0, 2]);
  assert.equal(layers.fromText('0,-1'), undefined);
  assert.equal(layers.fromText(''), undefined);
  assert.deepEqual(pattern.fromText('q_proj=4,layers.0=8'), { q_proj: 4, 'layers.0': 8 });
  for (const bad of ['q_proj', 'q_proj=', '=4', 'q_proj=x'])
    assert.equal(pattern.fromText(bad), undefined, bad);
  assert.deepEqual(pattern.fromConfig({ q_proj: 4 }), { q_proj: 4 });
  assert.equal(
    columns.fromConfig({ instruction: 'question', output: 'answer' }),
    'instruction=question,output=answer',
  );
  assert.equal(choice(['a', 'b']).fromText('c'), undefined);
});
