import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCpuExecutor, optimise } from '@weft/engine';
import { type BaseModel, buildDecodeProgram, WeightLoader } from '@weft/models';
import type { PrefixValues } from '../adapter.ts';
import { openAdapter } from '../files/open-adapter.ts';
import { parameterTensors } from '../files/saved-adapter.ts';
import {
  baseNameOf,
  fixturePath,
  largestDifference,
  openFixtureModel,
  readGolden,
  signal,
  valuesOf,
} from '../testing/fixtures.ts';
import { disturbed, makeAdapter, someIds } from '../testing/fresh-adapter.ts';
import { openBase, runLogits } from '../testing/run-model.ts';
import { createPrefix } from './prefix.ts';

test("a cache that starts with the prefix's keys and values gives PEFT's logits", async () => {
  for (const name of ['prefix-llama', 'prefix-mistral', 'prefix-gpt2', 'prefix-qwen3']) {
    const model = await openFixtureModel(await baseNameOf(name));
    const opened = await openAdapter(fixturePath(name), { model, signal });
    const prefix = opened.adapter.prefixValues(valuesOf(opened));
    assert.ok(prefix !== null);
    for (const { ids, logits } of (await readGolden(name)).sequences) {
      const last = logits.subarray(-model.config.vocabularySize);
      assert.ok(largestDifference(await decode(model, ids, prefix), last) <= 1e-4, name);
    }
  }
});

/** Logits of the last token, with everything in one run over a cache. */
async function decode(model: BaseModel, ids: Int32Array, prefix: PrefixValues): Promise<Float32Array> {
  const executor = openCpuExecutor({ threads: 1 });
  const loader = new WeightLoader(model, executor);
  const cacheRows = prefix.tokens + ids.length;
  const sizes = { tokens: ids.length, sequences: 1, sequenceBounds: 2, cacheRows };
  const session = await executor.compile(optimise(buildDecodeProgram(model.config)), {
    capacity: sizes,
    weights: (name) => loader.weight(name),
    compute: 'float32',
  });
  const width = model.config.kvHeads * model.config.headDim;
  prefix.layers.forEach(({ keys, values }, layer) => {
    for (const [part, rows] of Object.entries({ keys, values })) {
      const cache = new Float32Array(cacheRows * width);
      cache.set(rows);
      session.bind(`cache.${layer}.${part}`, cache);
    }
  });
  const logits = new Float32Array(model.config.vocabularySize);
  session.bind('ids', ids);
  session.bind(
    'positions',
    Int32Array.from(ids, (_, i) => prefix.tokens + i),
  );
  session.bind('sequenceStarts', Int32Array.of(0, ids.length));
  session.bind('cacheStarts', Int32Array.of(0));
  session.bind('cacheLengths', Int32Array.of(prefix.tokens));
  session.bind('lastRows', Int32Array.of(ids.length - 1));
  session.bind('output:logits', logits);
  await session.run(sizes);
  return logits;
}

test('what is saved of a projection is its result, and computes the same', async () => {
  const fresh = await makeAdapter('qwen2', { method: 'prefix', virtualTokens: 4, prefixProjection: true });
  const { model, adapter } = fresh;
  const values = disturbed(fresh);
  assert.deepEqual(parameterTensors(adapter.parameters, values), []);
  const saved = adapter.save?.({ values, base: openBase(model) });
  const [tensor] = saved?.tensors ?? [];
  assert.equal(saved?.config['prefix_projection'], true);
  assert.deepEqual([tensor?.key, tensor?.shape], ['prompt_embeddings', [4, 2 * 2 * 16]]);
  const config = { virtualTokens: 4, hasProjection: true, hiddenSize: 16, startsAtZero: false };
  const flat = createPrefix(config, { model: model.config, seed: 0, trainsProjection: false });
  const direct = await runLogits(model, { adapter, values, sequences: someIds });
  const read = await runLogits(model, {
    adapter: flat,
    values: () => tensor?.values ?? new Float32Array(),
    sequences: someIds,
  });
  direct.forEach((logits, i) => {
    assert.ok(largestDifference(logits, read[i] ?? []) <= 1e-5);
  });
});

test('a prefix starts as standard normal numbers', async () => {
  const { values } = await makeAdapter('llama', { method: 'prefix', virtualTokens: 20 });
  const numbers = values('prompt_embeddings');
  const square = numbers.reduce((sum, value) => sum + value ** 2, 0) / numbers.length;
  assert.ok(Math.abs(square - 1) < 0.1);
});
