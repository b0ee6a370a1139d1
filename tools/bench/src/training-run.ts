/** A short LoRA training by the default recipe in this process, for the training and op benchmarks. */
import { homedir } from 'node:os';
import { encodeDataset, openDataset, parseColumnMap } from '@weft/datasets';
import { buildLossProgram } from '@weft/models';
import { createAdapter, defaultAdapterOptions, readBaseTensors } from '@weft/peft';
import { loadTokenizer } from '@weft/tokenization';
import { defaultRecipe, type RowSource, type StepEvent, Trainer } from '@weft/training';
import type { BenchOptions } from './main.ts';
import { type OpenedModel, signal } from './open-model.ts';

export interface TrainingRun {
  readonly trainer: Trainer;
  readonly steps: readonly StepEvent[];
}

export async function trainBriefly(
  opened: OpenedModel,
  options: BenchOptions,
  rows: RowSource,
): Promise<TrainingRun> {
  const { executor, loader, model, compute } = opened;
  const adapter = createAdapter(defaultAdapterOptions, { model, seed: 42 });
  const steps: StepEvent[] = [];
  const trainer = await Trainer.create({
    executor,
    program: buildLossProgram(model.config, { hooks: [adapter.hooks({ training: true })], training: true }),
    evaluationProgram: null,
    weights: (name) => loader.weight(name),
    parameters: adapter.parameters,
    recipe: { ...defaultRecipe, maxSteps: options.steps, shuffle: false },
    rows,
    evaluationRows: null,
    compute,
    firstPosition: adapter.virtualTokens,
    evaluateEvery: Number.MAX_SAFE_INTEGER,
    saveEvery: Number.MAX_SAFE_INTEGER,
    logEvery: 1,
    save: async () => '',
    onEvent: (event) => void (event.event === 'step' && steps.push(event)),
    now: () => performance.now(),
  });
  const base = readBaseTensors(loader);
  for (const parameter of adapter.parameters)
    trainer.parameters.value(parameter.name).set(parameter.initialise(base));
  await trainer.train(signal);
  return { trainer, steps };
}

/** Rows of 256 tokens, all labelled, as many as 8 micro-batches of 8 hold. */
export function syntheticRows(vocabularySize: number): RowSource {
  const [rowCount, length] = [64, 256];
  return {
    rowCount,
    ids: Int32Array.from({ length: rowCount * length }, (_, token) => (token * 7919) % vocabularySize),
    isLabelled: new Uint8Array(rowCount * length).fill(1),
    starts: Float64Array.from({ length: rowCount + 1 }, (_, row) => row * length),
  };
}

export async function realRows(
  opened: OpenedModel,
  path: string,
  columns: string | null,
): Promise<RowSource> {
  const { checkpoint } = opened.model;
  const source =
    checkpoint.gguf === null
      ? ({ kind: 'folder', path: checkpoint.path } as const)
      : ({ kind: 'gguf', path: checkpoint.path, metadata: checkpoint.gguf.metadata } as const);
  const tokenizer = await loadTokenizer(source, { signal });
  const map = columns === null ? {} : parseColumnMap(columns);
  const dataset = await openDataset({ path: path.replace(/^~/, homedir()), columns: map, signal });
  const { rows } = await encodeDataset(dataset, {
    tokenizer,
    template: 'human-assistant',
    maxLength: 256,
    signal,
  });
  tokenizer.close();
  return rows;
}
