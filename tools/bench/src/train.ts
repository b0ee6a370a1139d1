/** LoRA training against PEFT: tokens per second, share of the machine's limit, peak memory. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowSource } from '@weft/training';
import type { BenchOptions } from './main.ts';
import { describeMachine, openForBench } from './open-model.ts';
import { numberOf, peerScript, runPeer } from './peer.ts';
import { realRows, syntheticRows, trainBriefly } from './training-run.ts';

/** Floating-point operations of one token: the base forwards and its inputs' gradients, 135M parameters. */
const gigaflopPerToken = 0.54;

export async function benchTrain(options: BenchOptions): Promise<void> {
  const opened = await openForBench(options);
  console.log(describeMachine(opened));
  const rows =
    options.rows === null
      ? syntheticRows(opened.model.config.vocabularySize)
      : await realRows(opened, options.rows, options.columns);
  const { steps } = await trainBriefly(opened, options, rows);
  const settled = steps.slice(1);
  const seconds = settled.reduce((total, step) => total + step.tokens / step.tokensPerSecond, 0);
  const tokensPerSecond = settled.reduce((total, step) => total + step.tokens, 0) / seconds;
  const best = Math.max(...settled.map((step) => step.tokensPerSecond));
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  console.log(
    `weft: ${tokensPerSecond.toFixed(0)} tokens/s (best step ${best.toFixed(0)}), peak ${gigabytes(peakBytes)}`,
  );
  await comparePeft(options, { rows, tokensPerSecond, best, peakBytes });
  await compareLimit(options, tokensPerSecond);
}

interface Measured {
  readonly rows: RowSource;
  readonly tokensPerSecond: number;
  readonly best: number;
  readonly peakBytes: number;
}

async function comparePeft(options: BenchOptions, measured: Measured): Promise<void> {
  const rowsFile = options.rows === null ? [] : ['--rows', writeRows(measured.rows)];
  let fastest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const dtype of ['float32', 'bfloat16', 'autocast']) {
    const result = await runPeer(options.python, [
      peerScript('peft_train.py'),
      '--dtype',
      dtype,
      ...rowsFile,
    ]);
    const rate = numberOf(result, 'tokensPerSecond');
    const best = numberOf(result, 'bestTokensPerSecond');
    const peak = numberOf(result, 'peakBytes');
    if (rate === null || peak === null) continue;
    console.log(
      `peft ${dtype}: ${rate.toFixed(0)} tokens/s (best step ${best?.toFixed(0)}), peak ${gigabytes(peak)}`,
    );
    fastest = Math.max(fastest, rate);
    smallest = Math.min(smallest, peak);
  }
  if (fastest === 0) return;
  console.log(
    `ratio: ${(measured.tokensPerSecond / fastest).toFixed(2)} x PEFT's faster, ${(measured.peakBytes / smallest).toFixed(2)} of its smaller memory`,
  );
}

async function compareLimit(options: BenchOptions, tokensPerSecond: number): Promise<void> {
  const result = await runPeer(options.python, [peerScript('torch_gemm.py')]);
  const best = (result?.['best'] ?? {}) as Readonly<Record<string, unknown>>;
  const products = Object.values(best).filter((value) => typeof value === 'number');
  if (products.length === 0) return;
  const limit = Math.max(...products) / gigaflopPerToken;
  console.log(
    `limit: ${limit.toFixed(0)} tokens/s by PyTorch's best product; weft reaches ${(tokensPerSecond / limit).toFixed(2)} of it`,
  );
}

function writeRows(rows: RowSource): string {
  const path = join(tmpdir(), `weft-bench-rows-${process.pid}.jsonl`);
  const lines: string[] = [];
  for (let row = 0; row < Math.min(rows.rowCount, 256); row++) {
    const [start, end] = [rows.starts[row] ?? 0, rows.starts[row + 1] ?? 0];
    const ids = [...rows.ids.subarray(start, end)];
    lines.push(
      JSON.stringify({ ids, labels: ids.map((id, at) => (rows.isLabelled[start + at] === 1 ? id : -100)) }),
    );
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
