/** Everything that can fail about a run's inputs, before its folder is touched. */
import type { EncodedDataset } from '@weft/datasets';
import type { Program } from '@weft/engine';
import { buildLossProgram, type JsonObject } from '@weft/models';
import { orderBatches, readCheckpointRecord } from '@weft/training';
import { type CommandContext, pathOf } from '../context.ts';
import { type Engine, openEngine } from '../models/engine.ts';
import { type OpenedModel, openModel } from '../models/open-model.ts';
import { grouped } from '../output/output.ts';
import { type Fingerprint, requireSame } from './fingerprint.ts';
import { readRows } from './read-rows.ts';
import { RunFolder } from './run-folder.ts';
import { type StartingAdapter, startingAdapter } from './starting-adapter.ts';
import type { TuneSettings } from './tune-settings.ts';

export interface PreparedRun {
  readonly settings: TuneSettings;
  readonly model: OpenedModel;
  readonly engine: Engine;
  readonly start: StartingAdapter;
  /** The loss Program with the adapter's hooks, for training. */
  readonly program: Program;
  readonly rows: EncodedDataset;
  readonly evaluationRows: EncodedDataset | null;
  readonly totalSteps: number;
  readonly trainableParameters: number;
  readonly totalParameters: number;
  readonly fingerprint: Fingerprint;
  /** Where to go on from. */
  readonly checkpoint: { readonly step: number; readonly path: string } | null;
  /** The run is over already; only with `resume`. */
  readonly isFinished: boolean;
}

/** What is open already, such as in a command that does more than tune. */
export interface OpenParts {
  readonly model: OpenedModel;
  readonly engine: Engine;
}

export async function prepareRun(
  settings: TuneSettings,
  context: CommandContext,
  open: OpenParts | null = null,
): Promise<PreparedRun> {
  const folder = new RunFolder(pathOf(context, settings.output));
  folder.requireFree(settings);
  const earlier = settings.resume ? await readEarlier(folder, context) : nothingEarlier;
  const model = open?.model ?? (await openModel(settings.model, context));
  const start = await startingAdapter(settings, model, context);
  const { adapter } = start;
  const program = buildLossProgram(model.base.config, {
    hooks: [adapter.hooks({ training: true })],
    training: true,
  });
  const counts = countParameters(model, start);
  context.output.line(
    `trainable parameters: ${grouped(counts.trainableParameters)} of ${grouped(counts.totalParameters)} (${((100 * counts.trainableParameters) / counts.totalParameters).toFixed(4)} %)`,
  );
  const { tokenizer } = model;
  const { evaluationData } = settings;
  const rows = await readRows(settings.data, { tokenizer, rows: settings.rows }, context);
  const evaluationRows =
    evaluationData === null
      ? null
      : await readRows(evaluationData, { tokenizer, rows: settings.rows }, context);
  const engine =
    open?.engine ?? (await openEngine(model, engineOptions(settings, earlier.fingerprint), context));
  const parts = { settings, model, engine, start, program, rows, evaluationRows, ...counts };
  const fingerprint = fingerprintOf(parts);
  if (earlier.fingerprint !== null) requireSame(earlier.fingerprint, fingerprint);
  const { totalSteps } = orderBatches(rows.rows.rowCount, settings.recipe);
  return {
    ...parts,
    totalSteps,
    fingerprint,
    checkpoint: earlier.checkpoint,
    isFinished: earlier.isFinished,
  };
}

interface Earlier {
  readonly fingerprint: Fingerprint | null;
  readonly checkpoint: PreparedRun['checkpoint'];
  readonly isFinished: boolean;
}

const nothingEarlier: Earlier = { fingerprint: null, checkpoint: null, isFinished: false };

async function readEarlier(folder: RunFolder, { signal, output }: CommandContext): Promise<Earlier> {
  const record = await folder.record(signal);
  const recorded = record?.['fingerprint'];
  if (typeof recorded === 'object' && recorded !== null && !Array.isArray(recorded))
    return { fingerprint: recorded as JsonObject, checkpoint: null, isFinished: true };
  const checkpoint = await folder.newestCheckpoint();
  if (checkpoint === null) {
    folder.requireOurs();
    output.note(`${folder.path} holds no checkpoint; starting from the beginning`);
    return nothingEarlier;
  }
  const { fingerprint } = await readCheckpointRecord(checkpoint.path);
  return { fingerprint, checkpoint, isFinished: false };
}

/** Dtype and threads decide the last bits, so a run that goes on keeps them unless told otherwise. */
function engineOptions(settings: TuneSettings, earlier: Fingerprint | null) {
  const { dtype, threads } = earlier ?? {};
  const isDtype = dtype === 'float32' || dtype === 'bfloat16';
  return {
    dtype: settings.dtype === 'auto' && isDtype ? dtype : settings.dtype,
    threads: settings.threads ?? (typeof threads === 'number' ? threads : undefined),
  };
}

/** As PEFT counts: what is added beside the base counts twice over, what is trained in place once. */
function countParameters(model: OpenedModel, { adapter }: StartingAdapter) {
  let trainableParameters = 0;
  let added = 0;
  for (const { name, shape } of adapter.parameters) {
    const size = shape.reduce((product, length) => product * length, 1);
    trainableParameters += size;
    if (model.base.entry(name) === null) added += size;
  }
  return { trainableParameters, totalParameters: model.parameterCount + added };
}

type FingerprintParts = Pick<
  PreparedRun,
  'settings' | 'model' | 'engine' | 'start' | 'rows' | 'evaluationRows'
>;

function fingerprintOf(parts: FingerprintParts): Fingerprint {
  const { settings, model, engine, start, rows, evaluationRows } = parts;
  return {
    model: model.resolved.digest,
    data: rows.rows.digest,
    evaluationData: evaluationRows?.rows.digest ?? null,
    ...start.fingerprint,
    ...settings.recipe,
    template: settings.rows.template,
    maxLength: settings.rows.maxLength,
    dtype: engine.compute,
    threads: engine.executor.device.threads,
  };
}
