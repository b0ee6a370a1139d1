/** One tuning run from settings to the adapter's folder. */
import { WeftError } from '@weft/errors';
import { buildLossProgram, type JsonObject } from '@weft/models';
import { storedFloatDType, writeAdapterFolder } from '@weft/peft';
import {
  loadCheckpoint,
  readCheckpointRecord,
  saveCheckpoint,
  Trainer,
  type TrainingEnd,
  type TrainingEvent,
} from '@weft/training';
import type { CommandContext } from '../context.ts';
import { publicNameOf } from '../models/open-model.ts';
import { writeMergedModel } from '../models/write-model.ts';
import { TrainingReport } from '../output/training-report.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { PreparedRun } from './prepare-run.ts';
import type { RunFolder } from './run-folder.ts';

export interface TuneResult extends TrainingEnd {
  readonly peakBytes: number;
  readonly output: string;
}

const neverAborted = new AbortController().signal;

/**
 * Trains in a folder that the caller has locked and emptied or means to go on with.
 *
 * @throws WeftError `TRAINING_STOPPED` (kind `interrupted`) once the signal is aborted and the checkpoint saved.
 */
export async function tune(
  run: PreparedRun,
  folder: RunFolder,
  context: CommandContext,
): Promise<TuneResult> {
  const trainer = await createTrainer(run, folder, context);
  const { report } = trainer;
  await restore(trainer.trainer, run, { folder, context });
  announce(run, trainer, { folder, context });
  let end: TrainingEnd;
  try {
    end = await trainer.trainer.train(context.signal);
  } finally {
    report.end();
  }
  if (!end.finished) throw stopped(context, folder, end.steps);
  await writeResult(trainer.trainer, run, folder);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const { steps, loss, seconds } = end;
  const event = { event: 'end', steps, loss, seconds, peakBytes, output: folder.path };
  folder.appendEvent(event);
  await folder.writeRecord(recordOf(run));
  context.output.event(event);
  return { ...end, peakBytes, output: folder.path };
}

interface RunningTrainer {
  readonly trainer: Trainer;
  readonly report: TrainingReport;
}

async function createTrainer(
  run: PreparedRun,
  folder: RunFolder,
  { output }: CommandContext,
): Promise<RunningTrainer> {
  const { settings, model, engine, start, rows, evaluationRows, totalSteps } = run;
  const { adapter } = start;
  const { config } = model.base;
  const report = new TrainingReport(output, totalSteps);
  const evaluationHooks = [adapter.hooks({ training: false })];
  const trainer = await Trainer.create({
    executor: engine.executor,
    program: run.program,
    evaluationProgram:
      evaluationRows === null ? null : buildLossProgram(config, { hooks: evaluationHooks, training: false }),
    weights: engine.weightsFor(adapter),
    parameters: adapter.parameters,
    recipe: settings.recipe,
    rows: rows.rows,
    evaluationRows: evaluationRows?.rows ?? null,
    compute: engine.compute,
    firstPosition: adapter.virtualTokens,
    evaluateEvery: settings.evaluateEvery,
    saveEvery: settings.saveEvery,
    logEvery: settings.logEvery,
    save: (current) => save(current, run, folder),
    onEvent: (event: TrainingEvent) => {
      report.tell(event);
      if (event.event !== 'progress') folder.appendEvent(event);
    },
    now: () => performance.now(),
  });
  return { trainer, report };
}

/** Fills the parameters: from the newest checkpoint, the adapter to go on from, or the method's own first values. */
async function restore(
  trainer: Trainer,
  { start, engine, checkpoint }: PreparedRun,
  { folder, context }: { readonly folder: RunFolder; readonly context: CommandContext },
): Promise<void> {
  if (checkpoint !== null) {
    await loadCheckpoint(checkpoint.path, trainer.parameters, context.signal);
    trainer.step = (await readCheckpointRecord(checkpoint.path)).step;
    await folder.rewindEvents(trainer.step);
    context.output.note(`going on from step ${trainer.step} (${checkpoint.path})`);
    return;
  }
  for (const parameter of start.adapter.parameters) {
    const values = start.values?.get(parameter.name) ?? parameter.initialise(engine.tensors);
    trainer.parameters.value(parameter.name).set(values);
  }
}

function announce(
  run: PreparedRun,
  { trainer }: RunningTrainer,
  { folder, context }: { readonly folder: RunFolder; readonly context: CommandContext },
): void {
  const { engine, rows, trainableParameters, totalParameters } = run;
  const { report } = rows;
  const event = {
    event: 'start',
    dtype: engine.compute,
    threads: engine.executor.device.threads,
    trainableParameters,
    totalParameters,
    rowsKept: report.kept,
    rowsDropped: report.rows - report.kept,
    dropReasons: report.dropped,
    totalSteps: trainer.order.totalSteps,
    firstStep: trainer.step,
  };
  folder.appendEvent(event);
  context.output.event(event);
  const { threads, name } = engine.executor.device;
  context.output.note(`${engine.compute} (${engine.dtypeReason}), ${threads} threads, ${name}`);
  context.output.note(`${trainer.order.totalSteps} optimizer steps of ${rowsPerStep(run)} rows`);
}

function rowsPerStep({ settings }: PreparedRun): number {
  return settings.recipe.batchSize * settings.recipe.gradientAccumulationSteps;
}

function save(trainer: Trainer, run: PreparedRun, folder: RunFolder): Promise<string> {
  return saveCheckpoint(trainer.parameters, {
    folder: folder.checkpoints,
    record: { step: trainer.step, fingerprint: run.fingerprint },
    keep: run.settings.saveTotal,
    extra: async (path) => {
      if (run.start.adapter.save === null) return;
      await writeAdapter(path, trainer, run);
      await folder.writeRecord(recordOf(run), path);
    },
  });
}

function writeAdapter(path: string, trainer: Trainer, { start, engine, model }: PreparedRun): Promise<void> {
  return writeAdapterFolder(path, {
    adapter: start.adapter,
    values: (name) => trainer.parameters.value(name),
    base: engine.tensors,
    baseModelName: publicNameOf(model.resolved),
    signal: neverAborted,
  });
}

async function writeResult(trainer: Trainer, run: PreparedRun, folder: RunFolder): Promise<void> {
  const { start, engine, model } = run;
  if (start.adapter.save !== null) return writeAdapter(folder.path, trainer, run);
  await writeMergedModel(folder.path, model, {
    adapter: start.adapter,
    values: (name) => trainer.parameters.value(name),
    tensors: engine.tensors,
    dtype: storedFloatDType(model.base),
    signal: neverAborted,
  });
}

/** What `weft.json` tells of a run: enough to use the adapter as it was trained, and to repeat it. */
function recordOf(run: PreparedRun): JsonObject {
  const { settings, model, engine, rows, fingerprint, trainableParameters, totalParameters } = run;
  return {
    formatVersion: 1,
    model: model.resolved.fullName,
    baseDigest: model.resolved.digest,
    template: settings.rows.template,
    maxLength: settings.rows.maxLength,
    recipe: { ...settings.recipe },
    method: run.start.adapter.method,
    dtype: engine.compute,
    threads: engine.executor.device.threads,
    trainableParameters,
    totalParameters,
    data: { path: settings.data, digest: rows.rows.digest, rows: rows.report.kept },
    fingerprint: fingerprint as Fingerprint & JsonObject,
  };
}

function stopped({ signal }: CommandContext, folder: RunFolder, step: number): WeftError {
  const reason: unknown = signal.reason;
  return new WeftError({
    code: 'TRAINING_STOPPED',
    kind: 'interrupted',
    message: `stopped by ${reason instanceof Error ? reason.message : 'a signal'} after step ${step}; it is saved in ${folder.checkpoints}/step-${step}`,
    field: '--output',
    value: folder.path,
    remedy: 'Go on by the same command with --resume.',
  });
}
