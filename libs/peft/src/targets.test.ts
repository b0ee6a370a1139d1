import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeftError } from '@weft/errors';
import type { ModuleSite } from './base-tensors.ts';
import { describeBase } from './module-sites.ts';
import { selectTargets, type TargetSelection, unknownNames } from './targets.ts';
import { openFixtureModel } from './testing/fixtures.ts';

const llama = describeBase(await openFixtureModel('llama')).sites;
const gpt2 = describeBase(await openFixtureModel('gpt2')).sites;

const everything: TargetSelection = {
  targetModules: 'all-linear',
  excludeModules: null,
  layers: null,
  layersPattern: null,
  modulesToSave: [],
};

function names(sites: readonly ModuleSite[], selection: Partial<TargetSelection>): readonly string[] {
  return selectTargets(sites, { ...everything, ...selection }).map((site) => site.name);
}

test('all-linear takes every linear but the head', () => {
  assert.equal(names(llama, {}).length, 2 * 7);
  assert.equal(names(llama, { targetModules: 'ALL-linear' }).length, 2 * 7);
  assert.equal(names(gpt2, {}).length, 2 * 4);
  assert.ok(!names(llama, {}).includes('lm_head'));
});

test('names match from a dot on, and nothing else', () => {
  assert.deepEqual(names(llama, { targetModules: ['proj', 'q_proj'] }), [
    'model.layers.0.self_attn.q_proj',
    'model.layers.1.self_attn.q_proj',
  ]);
  assert.equal(names(gpt2, { targetModules: ['c_proj'] }).length, 4);
  assert.deepEqual(names(gpt2, { targetModules: ['attn.c_proj'] }), [
    'transformer.h.0.attn.c_proj',
    'transformer.h.1.attn.c_proj',
  ]);
  assert.deepEqual(names(llama, { targetModules: ['embed_tokens', 'lm_head'] }), [
    'model.embed_tokens',
    'lm_head',
  ]);
});

test('exclusions and modules to save come first', () => {
  const excludeModules = ['layers.0.self_attn.q_proj'];
  assert.deepEqual(names(llama, { targetModules: ['q_proj'], excludeModules }), [
    'model.layers.1.self_attn.q_proj',
  ]);
  assert.equal(names(llama, { excludeModules: '.*\\.mlp\\..*' }).length, 2 * 4);
  assert.equal(names(llama, { modulesToSave: ['mlp'] }).length, 2 * 4);
});

test('layers restrict suffixes and all-linear, but not full names', () => {
  assert.equal(names(llama, { layers: [1] }).length, 7);
  assert.deepEqual(names(gpt2, { targetModules: ['c_attn'], layers: [1] }), ['transformer.h.1.attn.c_attn']);
  const full = 'model.layers.0.self_attn.q_proj';
  assert.deepEqual(names(llama, { targetModules: [full], layers: [1] }), [full]);
  assert.equal(names(llama, { layers: [0], layersPattern: ['layers'] }).length, 7);
  assert.throws(() => names(llama, { layers: [0], layersPattern: 'h' }), /no module/);
});

test('no match, a norm and a table of positions are refused by name', () => {
  const refusal = (sites: readonly ModuleSite[], targetModules: readonly string[] | string) => {
    try {
      names(sites, { targetModules });
    } catch (error) {
      if (isWeftError(error)) return [error.code, error.kind, error.field];
    }
    return null;
  };
  assert.deepEqual(refusal(llama, ['query']), ['PEFT_NO_TARGETS', 'invalid', 'targetModules']);
  assert.deepEqual(refusal(llama, 'q_proj'), ['PEFT_NO_TARGETS', 'invalid', 'targetModules']);
  assert.deepEqual(refusal(llama, ['input_layernorm']), [
    'PEFT_TARGET_UNSUPPORTED',
    'invalid',
    'targetModules',
  ]);
  assert.deepEqual(refusal(gpt2, ['wpe']), ['PEFT_TARGET_UNSUPPORTED', 'invalid', 'targetModules']);
  assert.throws(() => names(llama, { targetModules: ['query'] }), /query/);
});

test('names that the model lacks are found out', () => {
  assert.deepEqual(unknownNames(llama, ['q_proj', 'qproj']), ['qproj']);
});
