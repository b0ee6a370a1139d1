import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openCpuExecutor } from '@weft/engine';
import { type FloatDType, WeightLoader } from '@weft/models';
import { readBaseTensors, storedFloatDType } from '@weft/peft';
import { type CommandContext, pathOf } from '../context.ts';
import { openModel } from '../models/open-model.ts';
import { useAdapter, valuesOf } from '../models/use-adapter.ts';
import { writeMergedModel } from '../models/write-model.ts';
import { givenOptions } from '../options/bind-options.ts';
import { optionError, requireOption } from '../options/option-errors.ts';
import { mergeOptions } from '../options/use-options.ts';
import type { GivenOptions } from './command.ts';

const storedAs = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' } as const satisfies Record<
  string,
  FloatDType
>;

export async function runMerge({ values }: GivenOptions, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const options = givenOptions(mergeOptions, values);
  const name = requireOption(options.model, '--model', 'NAME of the base');
  const adapterFolder = requireOption(options.adapter, '--adapter', 'DIR of the adapter to merge');
  const target = requireOption(options.output, '--output', 'DIR for the merged model');
  const folder = pathOf(context, target);
  if (existsSync(join(folder, 'config.json')) && options.overwrite !== true) throw holdsModel(folder);
  const model = await openModel(name, context);
  const { allowOtherBase = false } = options;
  const opened = await useAdapter(model, { folder: adapterFolder, allowOtherBase }, context);
  const dtype = options.dtype === undefined ? storedFloatDType(model.base) : storedAs[options.dtype];
  const tensors = readBaseTensors(new WeightLoader(model.base, openCpuExecutor()));
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  try {
    const { adapter } = opened;
    await writeMergedModel(partial, model, { adapter, values: valuesOf(opened), tensors, dtype, signal });
    if (options.overwrite === true) await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  output.event({ event: 'merged', output: folder, dtype });
  output.line(`merged in ${dtype} in ${target}`);
}

function holdsModel(folder: string) {
  return optionError({
    code: 'OUTPUT_HOLDS_MODEL',
    message: `${folder} already holds a model`,
    field: '--output',
    value: folder,
    remedy: 'Name another folder, or replace it by --overwrite.',
  });
}
