import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeftError } from '@weft/errors';
import type { Session } from '../executor.ts';
import * as ops from '../ops/index.ts';
import { ProgramBuilder } from '../program-builder.ts';
import { openCpuExecutor } from './cpu-executor.ts';

const executor = openCpuExecutor({ threads: 2 });

/** Products one after the other, `depth` of them; some milliseconds of work where width and depth are large. */
async function chain(depth: number, width: number, tokens: number): Promise<Session> {
  const builder = new ProgramBuilder();
  let x = builder.input('x', ['tokens', width]);
  const w = builder.weight('w', [width, width]);
  for (let i = 0; i < depth; i++) {
    x = builder.compute(ops.linear, [x, w, null, null], { attributes: { alpha: 1 } });
  }
  builder.output('y', x);
  const weight = executor.memoryWeight(new Float32Array(width * width).fill(1 / width), width, width);
  return executor.compile(builder.build(), {
    capacity: { tokens },
    compute: 'float32',
    weights: () => weight,
  });
}

function bindAll(session: Session, elements: number): Float32Array {
  const y = new Float32Array(elements);
  session.bind('x', new Float32Array(elements).fill(2));
  session.bind('output:y', y);
  return y;
}

test('a run aborted before it starts, or while it runs, rejects with the reason; the session stays usable', async () => {
  const session = await chain(400, 256, 256);
  const y = bindAll(session, 256 * 256);
  const reason = new Error('stopped');
  await assert.rejects(session.run({ tokens: 256 }, AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const running = session.run({ tokens: 256 }, controller.signal);
  setImmediate(() => controller.abort(reason));
  await assert.rejects(running, reason);
  await session.run({ tokens: 256 });
  assert.ok(Math.abs((y.at(-1) ?? 0) - 2) < 1e-3);
});

test('the event loop turns while a run is under way', async () => {
  const session = await chain(400, 256, 256);
  bindAll(session, 256 * 256);
  let turns = 0;
  let running = true;
  const count = (): void => {
    turns++;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  await session.run({ tokens: 256 });
  running = false;
  assert.ok(turns > 10, `${turns} turns`);
});

test('what is not bound is named', async () => {
  const session = await chain(1, 4, 4);
  await assert.rejects(session.run({ tokens: 1 }), /not bound: x, output:y|not bound: output:y, x/);
  session.bind('no such input', new Float32Array(1));
  bindAll(session, 16);
  await session.run({ tokens: 4 });
});

test('arrays too small, sizes beyond the capacity and unbound dimensions are refused', async () => {
  const session = await chain(1, 4, 4);
  bindAll(session, 8);
  await session.run({ tokens: 2 });
  const failed = (error: unknown): boolean => isWeftError(error) && error.code === 'ENGINE_RUN_FAILED';
  await assert.rejects(session.run({ tokens: 3 }), failed);
  bindAll(session, 400);
  await assert.rejects(session.run({ tokens: 5 }), failed);
  await assert.rejects(session.run({}), /dimension 'tokens' is not bound/);
});

test('an array of the wrong element type is refused by name', async () => {
  const session = await chain(1, 4, 4);
  assert.throws(() => session.bind('x', new Int32Array(16)), /'x' takes fp32 numbers/);
});

test('a run of no rows writes nothing and succeeds', async () => {
  const session = await chain(2, 4, 4);
  const y = bindAll(session, 16);
  await session.run({ tokens: 0 });
  assert.ok(y.every((value) => value === 0));
});

test('a weight of another shape is refused when the Program is compiled', async () => {
  const builder = new ProgramBuilder();
  const x = builder.input('x', ['tokens', 4]);
  const product = [x, builder.weight('w', [3, 4]), null, null];
  builder.output('y', builder.compute(ops.linear, product, { attributes: { alpha: 1 } }));
  const weight = executor.memoryWeight(new Float32Array(8), 2, 4);
  const options = { capacity: { tokens: 1 }, compute: 'float32', weights: () => weight } as const;
  await assert.rejects(
    executor.compile(builder.build(), options),
    (error) => isWeftError(error) && error.code === 'ENGINE_COMPILE_FAILED',
  );
  const foreign = { rows: 3, columns: 4, readRows: () => new Float32Array() };
  await assert.rejects(
    executor.compile(builder.build(), { ...options, weights: () => foreign }),
    /another executor/,
  );
});

test('rows of a weight in memory are read back, and packed bytes are counted once', async () => {
  const values = Float32Array.from({ length: 12 }, (_, index) => index);
  const weight = executor.memoryWeight(values, 3, 4);
  values.fill(0);
  assert.deepEqual([weight.rows, weight.columns], [3, 4]);
  assert.deepEqual(weight.readRows(1, 2), Float32Array.of(4, 5, 6, 7, 8, 9, 10, 11));
  assert.equal(executor.packedBytes([weight]), 0);
  const builder = new ProgramBuilder();
  const product = [builder.input('x', ['tokens', 4]), builder.weight('w', [3, 4]), null, null];
  builder.output('y', builder.compute(ops.linear, product, { attributes: { alpha: 1 } }));
  await executor.compile(builder.build(), {
    capacity: { tokens: 1 },
    compute: 'float32',
    weights: () => weight,
  });
  assert.ok(executor.packedBytes([weight]) >= 48);
  assert.equal(executor.packedBytes([weight, weight]), executor.packedBytes([weight]));
});

test('the profile names each op and how often a run has it', async () => {
  const session = await chain(3, 8, 8);
  bindAll(session, 64);
  await session.run({ tokens: 8 });
  const [entry] = session.profile();
  assert.equal(entry?.op, 'linear');
  assert.equal(entry?.nodes, 3);
  assert.ok((entry?.seconds ?? 0) > 0);
});

test('a missing file is refused with its path', () => {
  const descriptor = {
    path: '/nonexistent/model.safetensors',
    storage: 'F32',
    offsetBytes: 0,
    sizeBytes: 16,
    rows: 2,
    columns: 2,
    transposed: false,
    unpermuteHeads: 0,
  } as const;
  assert.throws(
    () => executor.openWeight(descriptor),
    (error) => isWeftError(error) && error.code === 'WEIGHT_UNREADABLE' && error.field === descriptor.path,
  );
});
