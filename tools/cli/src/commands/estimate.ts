import type { CommandContext } from '../context.ts';
import { homeOf } from '../context.ts';
import { productRates } from '../machine/choose-dtype.ts';
import { availableMemory } from '../machine/memory.ts';
import { mergedOptions } from '../options/bind-options.ts';
import { tuneOptions } from '../options/tune-options.ts';
import { bytes, duration, grouped } from '../output/output.ts';
import { estimateRun } from '../runs/estimate-run.ts';
import { prepareRun } from '../runs/prepare-run.ts';
import { tuneSettings } from '../runs/tune-settings.ts';
import type { GivenOptions } from './command.ts';

/** The part of a product's speed that a whole step reaches. */
const shareOfProducts = 0.65;

export async function runEstimate(given: GivenOptions, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const options = await mergedOptions(tuneOptions, given.values, { configPath: given.configPath, signal });
  // Nothing is written, so a folder that holds a run is no hindrance.
  const settings = tuneSettings({ output: '.', ...options, resume: false, overwrite: true });
  const run = await prepareRun(settings, context);
  const { memory, peakBytes, flops } = estimateRun(run);
  const rates = await productRates(run.engine.executor, homeOf(context));
  const seconds = flops / (rates[run.engine.compute] * shareOfProducts);
  const availableBytes = await availableMemory();
  const { trainableParameters, totalParameters, totalSteps } = run;
  output.event({
    event: 'estimate',
    dtype: run.engine.compute,
    trainableParameters,
    totalParameters,
    totalSteps,
    memory,
    peakBytes,
    availableBytes,
    flops,
    seconds,
  });
  output.line(`${grouped(totalSteps)} optimizer steps in ${run.engine.compute}, about ${duration(seconds)}`);
  output.line(`${(flops / 1e12).toFixed(2)} TFLOP`);
  output.line(`peak memory ${bytes(peakBytes)} of ${bytes(availableBytes)} that can be had:`);
  for (const [part, size] of Object.entries(memory)) output.line(`  ${part.padEnd(12)} ${bytes(size)}`);
}
