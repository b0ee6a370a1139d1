import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weftHome } from './cache-paths.ts';

test('WEFT_HOME, relative to the caller, or a folder of the user', () => {
  const places = { homeDirectory: '/users/ada', workingDirectory: '/work' };
  const home = (environment: Record<string, string>) => weftHome({ environment, ...places });
  assert.equal(home({}), '/users/ada/.cache/weft');
  assert.equal(home({ WEFT_HOME: '' }), '/users/ada/.cache/weft');
  assert.equal(home({ WEFT_HOME: '/data/weft' }), '/data/weft');
  assert.equal(home({ WEFT_HOME: 'cache' }), '/work/cache');
});
