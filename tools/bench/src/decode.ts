/** Greedy decode at batch 1 and prompt processing, against node-llama-cpp on the same weights. */
import { Generator, greedy } from '@weft/generation';
import { buildDecodeProgram } from '@weft/models';
import type { BenchOptions } from './main.ts';
import { describeMachine, type OpenedModel, openForBench } from './open-model.ts';
import { numberOf, peerScript, runPeer } from './peer.ts';

const promptTokens = 512;
const newTokens = 128;

export async function benchDecode(options: BenchOptions): Promise<void> {
  const opened = await openForBench(options);
  console.log(describeMachine(opened));
  const { prompt, decode } = await measure(opened);
  console.log(`weft: prompt ${prompt.toFixed(0)} tokens/s, decode ${decode.toFixed(1)} tokens/s`);
  if (options.gguf === null) {
    process.stderr.write('peer skipped: give --gguf (tools/oracle/make_bf16_gguf.py writes one)\n');
    return;
  }
  const peer = await runPeer(process.execPath, [
    peerScript('llama-cpp/decode.mjs'),
    options.gguf,
    String(promptTokens),
    String(newTokens),
  ]);
  const [peerPrompt, peerDecode] = [
    numberOf(peer, 'promptTokensPerSecond'),
    numberOf(peer, 'decodeTokensPerSecond'),
  ];
  if (peerPrompt === null || peerDecode === null) return;
  console.log(
    `node-llama-cpp: prompt ${peerPrompt.toFixed(0)} tokens/s, decode ${peerDecode.toFixed(1)} tokens/s`,
  );
  console.log(
    `ratio: prompt ${(prompt / peerPrompt).toFixed(2)} x, decode ${(decode / peerDecode).toFixed(2)} x`,
  );
}

async function measure({ executor, model, loader, compute }: OpenedModel) {
  const { config } = model;
  const generator = await Generator.create({
    executor,
    program: buildDecodeProgram(config),
    weights: (name) => loader.weight(name),
    compute,
    layers: config.layers,
    keyValueFeatures: config.kvHeads * config.headDim,
    vocabularySize: config.vocabularySize,
    maxPositions: config.maxPositions,
    maxSequences: 1,
    maxSequenceTokens: promptTokens + newTokens + 1,
    parameters: new Map(),
    prefix: null,
  });
  const promptIds = Int32Array.from({ length: promptTokens }, (_, at) => 100 + ((at * 7919) % 40_000));
  let prompt = 0;
  let decode = 0;
  for (let round = 0; round < 3; round++) {
    const times = [performance.now()];
    const request = { promptIds, maxNewTokens: newTokens, stopIds: new Set<number>(), sampling: greedy };
    for await (const _ of generator.generate([request])) times.push(performance.now());
    const [start = 0, first = 0] = times;
    prompt = Math.max(prompt, (1000 * promptTokens) / (first - start));
    decode = Math.max(decode, (1000 * (times.length - 2)) / ((times.at(-1) ?? 0) - first));
  }
  return { prompt, decode };
}
