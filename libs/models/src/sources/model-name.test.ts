import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from './catalogue.ts';
import { knownNames, parseModelName } from './model-name.ts';

function parse(name: string) {
  return parseModelName(name, builtInCatalogue, '/here');
}

test('short names, with and without a source', () => {
  for (const source of [null, 'hub', 'pypi'] as const) {
    const parsed = parse(`smollm2-135m-instruct${source === null ? '' : `@${source}`}`);
    assert.ok(parsed.form === 'short');
    assert.equal(parsed.shortName, 'smollm2-135m-instruct');
    assert.equal(parsed.source, source);
  }
});

test('repositories of the hub', () => {
  assert.deepEqual(parse('hf://Qwen/Qwen2.5-0.5B'), {
    form: 'hub',
    repository: 'Qwen/Qwen2.5-0.5B',
    revision: 'main',
  });
  assert.deepEqual(parse('hf://a/b@refs/pr/1'), { form: 'hub', repository: 'a/b', revision: 'refs/pr/1' });
});

test('paths are those of the caller', () => {
  const paths = {
    './model': '/here/model',
    'a/b': '/here/a/b',
    '/x/y': '/x/y',
    'm.GGUF': '/here/m.GGUF',
    '..': '/',
    '.': '/here',
  };
  for (const [name, path] of Object.entries(paths)) assert.deepEqual(parse(name), { form: 'path', path });
});

test('what is none of these is refused, with the names that are known', () => {
  for (const name of [
    '',
    'smollm3',
    'smollm2-135m-instruct@here',
    'smollm2-135m-instruct@hub@hub',
    'toString',
  ]) {
    assert.throws(() => parse(name), {
      code: 'MODEL_UNKNOWN',
      message: /smollm2-135m-instruct@pypi/,
      value: name,
    });
  }
});

test('a name cannot lead out of the cache or of the hub’s paths', () => {
  const names = [
    'a',
    'a/',
    '/b',
    'a/b/c',
    '../b',
    'a/..',
    'a/b@',
    'a/b@../x',
    'a/b@x?y',
    'a b/c',
    'a--b/c',
    'a/b#c',
    '.a/b',
  ];
  for (const name of names)
    assert.throws(() => parse(`hf://${name}`), { code: 'MODEL_NAME_MALFORMED' }, name);
});

test('the known names', () => {
  assert.deepEqual(knownNames(builtInCatalogue), [
    'smollm2-135m-instruct',
    'smollm2-135m-instruct@hub',
    'smollm2-135m-instruct@pypi',
  ]);
});
