import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, readText } from './repository.ts';

const isText = /\.(ts|mjs|cc|h|cmake|py|sh|md|json|jsonl|ya?ml|toml|txt)$|(^|\/)(\.[a-z]+|run|weft|LICENSE)$/;
const isOurs = (file: string) =>
  isText.test(file) && !file.includes('/fixtures/') && !file.includes('/data/');

// Written in pieces, so that this file does not hold what it looks for.
const forbidden: ReadonlyMap<string, RegExp> = new Map([
  [
    'a path of one machine',
    new RegExp(['/work', '/(main|shared|\\.library)\\b|/ro', 'ot/|/home/[a-z]|/Us', 'ers/[a-z]'].join('')),
  ],
  [
    'the host of a registry',
    new RegExp(['registry\\.np', 'mjs|//py', 'pi\\.org|pythonho', 'sted\\.org|deb\\.deb', 'ian'].join('')),
  ],
  ['an unfinished thought', new RegExp(['\\b(TO', 'DO|FIX', 'ME|XX', 'X)\\b'].join(''))],
  ['a conflict of versions', new RegExp(['^(<<<<', '<<< |>>>>', '>>> )'].join(''), 'm')],
]);

for (const [what, pattern] of forbidden) {
  test(`no text holds ${what}`, () => {
    const found = files.filter(isOurs).flatMap((file) => {
      const line = readText(file)
        .split('\n')
        .findIndex((text) => pattern.test(text));
      return line < 0 ? [] : [`${file}:${line + 1}`];
    });
    assert.deepEqual(found, []);
  });
}

test('lockfiles name no registry', () => {
  const locks = files.filter((file) => file.endsWith('package-lock.json'));
  assert.ok(locks.length > 0);
  for (const lock of locks) assert.doesNotMatch(readText(lock), /"resolved": "https?:/, lock);
});
