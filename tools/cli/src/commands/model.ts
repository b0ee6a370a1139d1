import { listModels } from '@weft/models';
import { storedFloatDType } from '@weft/peft';
import { type CommandContext, homeOf } from '../context.ts';
import { locateModel, openModel } from '../models/open-model.ts';
import { requireOption } from '../options/option-errors.ts';
import { bytes, grouped } from '../output/output.ts';
import type { GivenOptions } from './command.ts';

function nameOf({ operands }: GivenOptions): string {
  return requireOption(operands[0], 'NAME', ', e.g. smollm2-135m-instruct');
}

export async function runModelPull(given: GivenOptions, context: CommandContext): Promise<void> {
  const { name: _, ...model } = await locateModel(nameOf(given), context);
  context.output.event({ event: 'model', ...model });
  context.output.line(`${model.fullName} lies in ${model.path}`);
}

export async function runModelList(_: GivenOptions, context: CommandContext): Promise<void> {
  const { output } = context;
  for (const model of await listModels({ home: homeOf(context) })) {
    output.event({ event: 'model', ...model });
    const place = model.path ?? 'not fetched';
    const short = model.shortName === null ? '' : ` (as ${model.shortName})`;
    output.line(`${model.fullName}${short}\t${bytes(model.sizeBytes)}\t${place}`);
  }
}

export async function runModelShow(given: GivenOptions, context: CommandContext): Promise<void> {
  const { output } = context;
  const { resolved, base, tokenizer, parameterCount } = await openModel(nameOf(given), context);
  const { config, checkpoint } = base;
  const dtypes = [...new Set([...checkpoint.tensors.values()].map(({ dtype }) => dtype))].toSorted();
  const description = {
    name: resolved.fullName,
    path: resolved.path,
    format: checkpoint.format,
    digest: resolved.digest,
    architecture: config.architecture,
    parameters: parameterCount,
    dtypes,
    mergeDtype: storedFloatDType(base),
    layers: config.layers,
    hiddenSize: config.hiddenSize,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    intermediateSize: config.intermediateSize,
    vocabularySize: config.vocabularySize,
    maxPositions: config.maxPositions,
    tiedHead: config.tiedHead,
    tokenizerSize: tokenizer.vocabSize,
    addsBos: tokenizer.addsBos,
    endTokens: tokenizer.eosIds.map((id) => tokenizer.piece(id)),
    hasChatTemplate: tokenizer.chatTemplate !== null,
  };
  output.event({ event: 'model', ...description, chatTemplate: tokenizer.chatTemplate });
  for (const [key, value] of Object.entries(description)) {
    const shown =
      typeof value === 'number' ? grouped(value) : Array.isArray(value) ? value.join(', ') : value;
    output.line(`${key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).padEnd(18)} ${shown}`);
  }
  if (tokenizer.chatTemplate !== null) output.line(`\nchat template:\n${tokenizer.chatTemplate}`);
}
