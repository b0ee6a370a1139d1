/** `npm run bench -- NAME [--model M]`: measures speed and memory, as ratios where a peer is installed. */
import { parseArgs } from 'node:util';
import { benchDecode } from './decode.ts';
import { benchOps } from './ops.ts';
import { benchTrain } from './train.ts';

const benchmarks = { train: benchTrain, ops: benchOps, decode: benchDecode } as const;

const usage = `usage: npm run bench -- ${Object.keys(benchmarks).join('|')} [options]

  --model NAME      as for weft tune (smollm2-135m-instruct)
  --dtype D         float32, bfloat16 or auto (auto)
  --rows F.jsonl    train: real rows of an alpaca file instead of 8 x 256 labelled tokens
  --columns MAP     train: e.g. instruction=question,output=answer
  --steps N         train: optimizer steps of one micro-batch of 8 rows (6)
  --python P        the peers' interpreter (.venv/bin/python); without it only Weft is measured
  --gguf F          decode: the same weights as BF16 GGUF for node-llama-cpp
`;

export interface BenchOptions {
  readonly model: string;
  readonly dtype: string;
  readonly rows: string | null;
  readonly columns: string | null;
  readonly steps: number;
  readonly python: string;
  readonly gguf: string | null;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      model: { type: 'string', default: 'smollm2-135m-instruct' },
      dtype: { type: 'string', default: 'auto' },
      rows: { type: 'string' },
      columns: { type: 'string' },
      steps: { type: 'string', default: '6' },
      python: { type: 'string', default: '.venv/bin/python' },
      gguf: { type: 'string' },
    },
  });
  const run = Object.entries(benchmarks).find(([name]) => name === positionals[0])?.[1];
  if (run === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  const { model, dtype, python } = values;
  const { rows = null, columns = null, gguf = null } = values;
  await run({ model, dtype, python, rows, columns, gguf, steps: Number(values.steps) });
  return 0;
}

process.exitCode = await main();
