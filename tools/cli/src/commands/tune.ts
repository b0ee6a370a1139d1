import { type CommandContext, pathOf } from '../context.ts';
import { mergedOptions } from '../options/bind-options.ts';
import { tuneOptions } from '../options/tune-options.ts';
import { bytes, duration } from '../output/output.ts';
import { estimateRun, requireMemory } from '../runs/estimate-run.ts';
import { prepareRun } from '../runs/prepare-run.ts';
import { RunFolder } from '../runs/run-folder.ts';
import { tune } from '../runs/tune.ts';
import { type TuneSettings, tuneSettings } from '../runs/tune-settings.ts';
import type { GivenOptions } from './command.ts';

export async function runTune(given: GivenOptions, context: CommandContext): Promise<void> {
  const { signal } = context;
  const options = await mergedOptions(tuneOptions, given.values, { configPath: given.configPath, signal });
  await tuneInto(tuneSettings(options), context);
}

async function tuneInto(settings: TuneSettings, context: CommandContext): Promise<void> {
  const run = await prepareRun(settings, context);
  const folder = new RunFolder(pathOf(context, settings.output));
  if (run.isFinished) {
    context.output.note(`the run in ${folder.path} is finished; nothing is left to do`);
    return;
  }
  await requireMemory(estimateRun(run));
  await using _lock = await folder.lock(context.signal);
  // Another run may have ended in the folder while this one read its inputs.
  folder.requireFree(settings);
  if (run.checkpoint === null && (settings.overwrite || settings.resume)) await folder.clear();
  const { steps, loss, seconds, peakBytes } = await tune(run, folder, context);
  const { output } = context;
  output.line(
    `${steps} steps in ${duration(seconds)}, mean loss ${loss.toFixed(4)}, peak memory ${bytes(peakBytes)}`,
  );
  output.line(`saved in ${settings.output}`);
}
