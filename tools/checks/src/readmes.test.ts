import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packages } from './packages.ts';
import { files, readText } from './repository.ts';

for (const { folder } of packages) {
  test(`${folder} has a README of 20 to 60 lines`, () => {
    const readme = `${folder}/README.md`;
    assert.ok(files.includes(readme), `${readme} is missing`);
    const lines = readText(readme).trimEnd().split('\n').length;
    assert.ok(lines >= 20 && lines <= 60, `${readme} has ${lines} lines`);
  });
}

test('links between our documents lead somewhere', () => {
  const broken = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/') + 1) : '';
      return [...readText(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].flatMap(
        ([, target = '']) => {
          const path = new URL(folder + target, 'file:///').pathname.slice(1).replace(/\/$/, '');
          const exists = files.some((known) => known === path || known.startsWith(`${path}/`));
          return exists ? [] : [`${file}: ${target}`];
        },
      );
    });
  assert.deepEqual(broken, []);
});
