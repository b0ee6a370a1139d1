/**
 * Gives every project the same few targets, from what its folder holds: `typecheck` with a tsconfig.json, `test` with
 * test files, `build` with native sources. Their inputs and caching are in nx.json.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const skippedFolders = ['node_modules', 'build', 'fixtures'];

/** @param {string} folder @returns {boolean} */
function holdsTests(folder) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    if (entry.isDirectory())
      return !skippedFolders.includes(entry.name) && holdsTests(join(folder, entry.name));
    return entry.name.endsWith('.test.ts');
  });
}

const bootstrap = 'node ../../tools/bootstrap/src/main.mjs';
const unitTests = 'node --test --test-reporter=spec --test-timeout=600000 "src/**/*.test.ts"';

/** @param {readonly string[]} commands */
function runs(...commands) {
  return { executor: 'nx:run-commands', options: { cwd: '{projectRoot}', commands, parallel: false } };
}

/** @param {string} folder */
function targetsOf(folder) {
  const isNative = existsSync(join(folder, 'native/CMakeLists.txt'));
  const tests = [
    ...(holdsTests(folder) ? [unitTests] : []),
    ...(isNative ? [`${bootstrap} native-tests`] : []),
  ];
  return {
    lint: runs('biome check --error-on-warnings .'),
    ...(existsSync(join(folder, 'tsconfig.json')) && { typecheck: runs('tsc -p .') }),
    ...(isNative && { build: runs(`${bootstrap} native`) }),
    ...(tests.length > 0 && { test: runs(...tests) }),
  };
}

export const name = 'weft-targets';

/** @type {import('nx/src/devkit-exports.js').CreateNodes} */
export const createNodes = [
  '{libs,tools,services}/*/package.json',
  (files, _options, { workspaceRoot }) =>
    files
      .map((file) => ({ file, root: dirname(file) }))
      .filter(({ root }) => existsSync(join(workspaceRoot, root, 'tsconfig.json')))
      .map(({ file, root }) => [
        file,
        { projects: { [root]: { targets: targetsOf(join(workspaceRoot, root)) } } },
      ]),
];
