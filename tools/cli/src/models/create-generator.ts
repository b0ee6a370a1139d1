import { Generator } from '@weft/generation';
import { buildDecodeProgram } from '@weft/models';
import type { Adapter, ParameterValues } from '@weft/peft';
import type { Engine } from './engine.ts';
import type { OpenedModel } from './open-model.ts';

export interface GeneratorParts {
  readonly model: OpenedModel;
  readonly engine: Engine;
  readonly adapted: { readonly adapter: Adapter; readonly values: ParameterValues } | null;
}

export interface GeneratorSizes {
  readonly maxSequences: number;
  /** Tokens of prompt and answer that one sequence may take. */
  readonly maxSequenceTokens: number;
}

export function createGenerator(
  { model, engine, adapted }: GeneratorParts,
  sizes: GeneratorSizes,
): Promise<Generator> {
  const { config } = model.base;
  const hooks = adapted === null ? [] : [adapted.adapter.hooks({ training: false })];
  const parameters = (adapted?.adapter.parameters ?? []).map(
    ({ name }) => [name, adapted?.values(name) ?? new Float32Array()] as const,
  );
  return Generator.create({
    executor: engine.executor,
    program: buildDecodeProgram(config, hooks),
    weights: engine.weightsFor(adapted?.adapter ?? null),
    compute: engine.compute,
    layers: config.layers,
    keyValueFeatures: config.kvHeads * config.headDim,
    vocabularySize: config.vocabularySize,
    maxPositions: config.maxPositions,
    parameters: new Map(parameters),
    prefix: adapted === null ? null : adapted.adapter.prefixValues(adapted.values),
    ...sizes,
  });
}
