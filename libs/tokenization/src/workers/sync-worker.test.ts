import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { NoAnswer, SyncWorker } from './sync-worker.ts';

const protocol = JSON.stringify(new URL('./sync-worker.ts', import.meta.url).href);

const script = (body: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(
      `import { parentPort, workerData } from 'node:worker_threads';\nimport { answerCalls } from ${protocol};\n${body}`,
    )}`,
  );

type Doubling = SyncWorker<number, number, number>;

test('each call gets its own answer', async () => {
  const worker: Doubling = new SyncWorker(
    script('answerCalls(workerData, async (n) => n * workerData.start); parentPort.postMessage(-1);'),
    { start: 2 },
  );
  assert.equal(await worker.started(), -1);
  for (let n = 0; n < 500; n++) assert.equal(worker.call(n, 60_000), 2 * n);
  worker.close();
  assert.throws(() => worker.call(1, 60_000), NoAnswer);
});

test('an answer that does not come in time ends the worker', () => {
  const worker: Doubling = new SyncWorker(script('answerCalls(workerData, () => { for (;;); });'), {
    start: 2,
  });
  assert.throws(() => worker.call(1, 200), NoAnswer);
  assert.equal(worker.isClosed, true);
});

test('a worker that cannot start says why', async () => {
  const worker: Doubling = new SyncWorker(script("throw new Error('no such library');"), { start: 2 });
  await assert.rejects(worker.started(), { message: 'no such library' });
  assert.equal(worker.isClosed, true);
});

test('its reason is not lost where its end arrives in the same turn', async () => {
  const worker: Doubling = new SyncWorker(script("throw new Error('no such library');"), { start: 2 });
  const started = worker.started();
  const untilBothWait = new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(untilBothWait, 0, 0, 1000);
  await assert.rejects(started, { message: 'no such library' });
});

test('a worker that ends without a report is not waited for', async () => {
  const worker: Doubling = new SyncWorker(script('process.exit(0);'), { start: 2 });
  await assert.rejects(worker.started(), NoAnswer);
});

test('a worker keeps no process alive', () => {
  const main = `
    import { SyncWorker } from ${protocol};
    const worker = new SyncWorker(new URL(${JSON.stringify(
      script('answerCalls(workerData, (n) => n); parentPort.postMessage(7);').href,
    )}), { start: 0 });
    console.log(await worker.started(), worker.call(8, 60000));`;
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', main], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout], [0, '7 8\n']);
});
