/** Twenty optimizer steps against a plain PyTorch loop on PEFT models (tools/oracle/make-training.py). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCpuExecutor } from '@weft/engine';
import {
  buildLossProgram,
  openBaseModel,
  readSafetensorsHeader,
  readTensor,
  WeightLoader,
} from '@weft/models';
import { createAdapter, defaultAdapterOptions, openAdapter, readBaseTensors } from '@weft/peft';
import type { TrainingEvent } from './events.ts';
import type { RowSource } from './pack-rows.ts';
import { defaultRecipe } from './recipe.ts';
import { Trainer } from './trainer.ts';

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));
const models = fileURLToPath(new URL('../../models/fixtures', import.meta.url));
const signal = new AbortController().signal;

interface Golden {
  readonly recipe: {
    readonly base: string;
    readonly learningRate: number;
    readonly warmupSteps: number;
    readonly maxGradientNorm: number;
    readonly batchSize: number;
    readonly gradientAccumulationSteps: number;
  };
  readonly steps: readonly {
    readonly loss: number;
    readonly gradientNorm: number;
    readonly learningRate: number;
    readonly labelledTokens: number;
  }[];
}

type Row = { readonly ids: readonly number[]; readonly labels: readonly number[] };

function readRows(): RowSource {
  const steps = JSON.parse(
    readFileSync(join(fixtures, 'batches.json'), 'utf8'),
  ) as readonly (readonly (readonly Row[])[])[];
  const rows = steps.flat(2);
  const starts = [0];
  for (const row of rows) starts.push((starts.at(-1) ?? 0) + row.ids.length);
  return {
    rowCount: rows.length,
    ids: Int32Array.from(rows.flatMap((row) => row.ids)),
    isLabelled: Uint8Array.from(rows.flatMap((row) => row.labels.map((label) => (label === -100 ? 0 : 1)))),
    starts: Float64Array.from(starts),
  };
}

async function trainCase(name: string) {
  const golden = JSON.parse(readFileSync(join(fixtures, name, 'golden.json'), 'utf8')) as Golden;
  const model = await openBaseModel(join(models, golden.recipe.base), signal);
  const executor = openCpuExecutor({ threads: 2 });
  const loader = new WeightLoader(model, executor);
  const isFull = name.startsWith('full-');
  const initial = isFull ? null : await openAdapter(join(fixtures, name, 'initial'), { model, signal });
  const adapter =
    initial?.adapter ??
    createAdapter({ ...defaultAdapterOptions, method: 'full', dropout: 0 }, { model, seed: 0 });
  const events: TrainingEvent[] = [];
  const trainer = await Trainer.create({
    executor,
    program: buildLossProgram(model.config, { hooks: [adapter.hooks({ training: true })], training: true }),
    evaluationProgram: null,
    weights: (weight) => loader.weight(weight),
    parameters: adapter.parameters,
    recipe: {
      ...defaultRecipe,
      ...golden.recipe,
      maxSteps: golden.steps.length,
      shuffle: false,
    },
    rows: readRows(),
    evaluationRows: null,
    compute: 'float32',
    firstPosition: adapter.virtualTokens,
    evaluateEvery: 0,
    saveEvery: 0,
    logEvery: 1,
    save: async () => '',
    onEvent: (event) => void events.push(event),
    now: () => performance.now(),
  });
  for (const parameter of adapter.parameters) {
    const values = initial?.values.get(parameter.name) ?? parameter.initialise(readBaseTensors(loader));
    trainer.parameters.value(parameter.name).set(values);
  }
  const end = await trainer.train(signal);
  return { golden, adapter, trainer, end, steps: events.filter((event) => event.event === 'step') };
}

for (const name of [
  'lora-llama',
  'lora-gpt2',
  'lora-qwen3',
  'ia3-llama',
  'prefix-llama',
  'full-llama',
  'full-llama-tied',
]) {
  test(`${name}: twenty steps give PyTorch's losses and gradient norms`, async () => {
    const { golden, steps, end } = await trainCase(name);
    assert.equal(end.finished, true);
    assert.equal(steps.length, golden.steps.length);
    golden.steps.forEach((expected, index) => {
      const step = steps[index];
      assert.ok(step !== undefined);
      assert.equal(step.labelledTokens, expected.labelledTokens);
      assert.ok(Math.abs(step.learningRate - expected.learningRate) < 1e-9, `rate of step ${index + 1}`);
      assert.ok(
        Math.abs(step.loss - expected.loss) < 1e-3,
        `loss of step ${index + 1}: ${step.loss}, not ${expected.loss}`,
      );
      const norm = Math.abs(step.gradientNorm - expected.gradientNorm) / expected.gradientNorm;
      assert.ok(
        norm < 1e-3,
        `gradient norm of step ${index + 1}: ${step.gradientNorm}, not ${expected.gradientNorm}`,
      );
    });
  });
}

test('lora-llama: the trained adapter is the one that PEFT ends with', async () => {
  const { adapter, trainer } = await trainCase('lora-llama');
  const { tensors } = await readSafetensorsHeader(
    join(fixtures, 'lora-llama', 'final', 'adapter_model.safetensors'),
    signal,
  );
  for (const { name, file } of adapter.parameters) {
    const entry = tensors.get(file?.key ?? '');
    assert.ok(entry !== undefined, `PEFT wrote no ${file?.key}`);
    const expected = await readTensor(entry, signal);
    const values = trainer.parameters.value(name);
    expected.forEach((value, index) => {
      assert.ok(
        Math.abs(value - (values[index] ?? Number.NaN)) < 2e-3,
        `${name}[${index}]: ${values[index]}, not ${value}`,
      );
    });
  }
});
