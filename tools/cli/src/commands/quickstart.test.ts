import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tinyLlama, Workplace } from '../testing/run-weft.ts';

test('the quickstart measures before and after, and a second one has a folder of its own', async () => {
  using place = new Workplace();
  const args = ['quickstart', '--model', tinyLlama, '--max-steps', '2', '--dtype', 'float32'];
  const first = await place.weft([...args, '--json']);
  assert.equal(first.code, 0, first.error);
  const measured = first.events().filter(({ event }) => event === 'accuracy');
  assert.deepEqual(
    measured.map(({ phase }) => phase),
    ['before', 'after'],
  );
  const second = await place.weft(args);
  assert.equal(second.code, 0, second.error);
  assert.match(second.out, /^Exact answers on \d+ held-out requests: 0\.0 % before, 0\.0 % after\.$/m);
  assert.match(second.out, /lies in weft-quickstart\/run-2\./);
  assert.match(second.out, /weft generate --model .* --adapter weft-quickstart\/run-2/);
  for (const run of ['run-1', 'run-2'])
    assert.ok(existsSync(join(place.path, 'weft-quickstart', run, 'adapter_model.safetensors')));
});
