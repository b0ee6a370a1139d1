import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, readText } from './repository.ts';

const largest = 500;
const handWritten = /\.(ts|mjs|cc|h|cu|cmake|py|sh)$|CMakeLists\.txt$/;
const generated = /^libs\/contracts\//;

const sizes = files
  .filter((file) => handWritten.test(file) && !generated.test(file) && !file.includes('/fixtures/'))
  .map((file) => ({ file, lines: readText(file).split('\n').length - 1 }));

test(`no file has more than ${largest} lines`, () => {
  assert.ok(sizes.length > 0);
  assert.deepEqual(
    sizes.filter(({ lines }) => lines > largest),
    [],
  );
});

test('a file holds one idea: the median is about 100 lines', () => {
  const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  assert.ok(median <= 130, `the median is ${median} lines`);
});
