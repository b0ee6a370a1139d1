/** Where the time of a training step goes: each op and shape with its share, GFLOP/s and GB/s. */
import type { BenchOptions } from './main.ts';
import { describeMachine, openForBench } from './open-model.ts';
import { syntheticRows, trainBriefly } from './training-run.ts';

const columns = [22, 58, 6, 8, 7, 8, 7] as const;

export async function benchOps(options: BenchOptions): Promise<void> {
  const opened = await openForBench(options);
  console.log(describeMachine(opened));
  const { trainer, steps } = await trainBriefly(
    opened,
    options,
    syntheticRows(opened.model.config.vocabularySize),
  );
  const profile = trainer.profile();
  const total = profile.reduce((sum, entry) => sum + entry.seconds, 0);
  printRow(['op', 'shapes', 'nodes', 'seconds', 'share', 'GFLOP/s', 'GB/s']);
  for (const { op, shapes, nodes, seconds, flopsPerSecond, bytesPerSecond } of profile) {
    const share = `${((100 * seconds) / total).toFixed(1)} %`;
    const rates = [(flopsPerSecond / 1e9).toFixed(0), (bytesPerSecond / 1e9).toFixed(1)];
    printRow([op, shapes, String(nodes), seconds.toFixed(3), share, ...rates]);
  }
  const tokens = steps.reduce((sum, step) => sum + step.tokens, 0);
  console.log(
    `${tokens} tokens in ${total.toFixed(2)} s of kernels; products of this machine: ${await products(opened)}`,
  );
}

async function products({ executor }: Awaited<ReturnType<typeof openForBench>>): Promise<string> {
  const rates = [];
  for (const compute of ['float32', 'bfloat16'] as const) {
    rates.push(`${compute} ${((await executor.measureProducts(compute)) / 1e9).toFixed(0)} GFLOP/s`);
  }
  return rates.join(', ');
}

function printRow(cells: readonly string[]): void {
  const padded = cells.map((cell, index) => {
    const width = columns[index] ?? 0;
    return index < 2 ? cell.slice(0, width).padEnd(width) : cell.padStart(width);
  });
  console.log(padded.join(' '));
}
