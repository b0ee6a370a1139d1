import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { files, readText, root } from './repository.ts';

test('what is run by name is executable', () => {
  for (const file of ['.ci/run', 'bin/weft']) accessSync(join(root, file), constants.X_OK);
});

test('install scripts of dependencies are off, also where packages are installed apart', () => {
  const manifests = files.filter((file) => file.endsWith('package-lock.json'));
  for (const lock of manifests) {
    const settings = lock.replace('package-lock.json', '.npmrc');
    assert.match(readText(settings), /^ignore-scripts=true$/m, settings);
  }
});

test('nothing that is built, installed or large is kept', () => {
  assert.deepEqual(
    files.filter((file) => /(^|\/)(node_modules|build|\.nx)\/|\.node$|\.safetensors\.index$/.test(file)),
    [],
  );
});

test('the licence is the one that every package names', () => {
  assert.match(readText('LICENSE'), /Apache License\s+Version 2\.0, January 2004/);
  for (const file of files.filter((each) => /^([^/]+\/[^/]+\/)?package\.json$/.test(each))) {
    assert.equal(JSON.parse(readText(file)).license, 'Apache-2.0', file);
  }
});
