/** Writes a model with an adapter merged in as a Hugging Face folder. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FloatDType, JsonObject } from '@weft/models';
import { writeFileAtomically, writeModelWeights } from '@weft/models';
import { type Adapter, type BaseTensors, mergedTensors, type ParameterValues } from '@weft/peft';
import type { OpenedModel } from './open-model.ts';

export interface MergeInto {
  readonly adapter: Adapter;
  readonly values: ParameterValues;
  readonly tensors: BaseTensors;
  readonly dtype: FloatDType;
  readonly signal: AbortSignal;
}

const dtypeNames: Readonly<Record<FloatDType, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/** Weights, tokenizer and, last, `config.json`, so that a folder with a config is whole. */
export async function writeMergedModel(
  folder: string,
  model: OpenedModel,
  options: MergeInto,
): Promise<void> {
  const { adapter, values, tensors: base, dtype, signal } = options;
  const merged = mergedTensors({ model: model.base, adapter, values, base, dtype });
  await mkdir(folder, { recursive: true });
  await writeModelWeights(folder, merged.tensors, { signal });
  for (const [name, text] of model.tokenizer.files()) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeText(join(folder, name), text);
  }
  const { generationConfig, config } = model.base.checkpoint;
  if (generationConfig !== null) await writeJson(join(folder, 'generation_config.json'), generationConfig);
  const dtypeKey = 'torch_dtype' in config ? 'torch_dtype' : 'dtype';
  await writeJson(join(folder, 'config.json'), {
    ...config,
    ...merged.configChanges,
    [dtypeKey]: dtypeNames[dtype],
  });
}

function writeJson(path: string, content: JsonObject): Promise<void> {
  return writeText(path, `${JSON.stringify(content, null, 2)}\n`);
}

function writeText(path: string, text: string): Promise<void> {
  return writeFileAtomically(path, (sink) => sink.write(Buffer.from(text)));
}
