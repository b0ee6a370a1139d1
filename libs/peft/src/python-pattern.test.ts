import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeftError } from '@weft/errors';
import { layerNumber, wholeName } from './python-pattern.ts';

test('a pattern matches whole names', () => {
  assert.ok(wholeName('.*q_proj|lm_head', 'targetModules').test('model.layers.0.self_attn.q_proj'));
  assert.ok(!wholeName('lm', 'targetModules').test('lm_head'));
  assert.ok(!wholeName('q_proj|k', 'targetModules').test('q_proj.x'));
});

test('what Python writes otherwise is understood: named groups, anchors and needless escapes', () => {
  const pattern = '\\A.*\\.(?P<part>q\\_proj|k\\-proj)\\Z';
  assert.ok(wholeName(pattern, 'targetModules').test('model.q_proj'));
  assert.ok(wholeName(pattern, 'targetModules').test('model.k-proj'));
});

test('what is no regular expression is refused by its option', () => {
  for (const make of [() => wholeName('(q_proj', 'rankPattern'), () => layerNumber('[', 'rankPattern')]) {
    assert.throws(
      make,
      (error) => isWeftError(error) && error.field === 'rankPattern' && error.kind === 'invalid',
    );
  }
});

test('the number after a word', () => {
  assert.equal(layerNumber('layers', 'layersPattern').exec('model.layers.12.mlp.3.x')?.[1], '12');
  assert.equal(layerNumber('mlp', 'layersPattern').exec('model.layers.12.mlp.3.x')?.[1], '3');
  assert.equal(layerNumber('ayers', 'layersPattern').exec('model.layers.12.x'), null);
});
