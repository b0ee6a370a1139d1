/** LoRA as an adapter: its parameters, and the parts that the other files of this folder give. */
import type { Adapter, AdapterParameter } from '../adapter.ts';
import { defineAdapter } from '../define-adapter.ts';
import { keyPrefix } from '../files/saved-adapter.ts';
import type { BaseLayout } from '../module-sites.ts';
import { trainedBaseTensors } from '../trained-base-tensors.ts';
import { frozenFactors } from './frozen-factors.ts';
import { InitialFactors } from './initialisation.ts';
import type { LoraConfig } from './lora-config.ts';
import { loraHooks } from './lora-hooks.ts';
import { loraMergeRules } from './lora-merge.ts';
import { saveLora } from './lora-save.ts';
import { describeTargets, type LoraTarget } from './lora-target.ts';

export interface LoraContext {
  readonly layout: BaseLayout;
  readonly seed: number;
}

/** @throws WeftError where the options do not fit the model: `PEFT_NO_TARGETS`, `PEFT_MODULE_UNKNOWN` and others. */
export function createLora(config: LoraConfig, context: LoraContext): Adapter {
  const { layout, seed } = context;
  const targets = describeTargets(config, layout.sites);
  const factors = new InitialFactors(config.initialization, seed);
  const names = new Set(targets.keys());
  const trainedBase = trainedBaseTensors(layout, { ...config, targets: names });
  const own = [...targets.values()].flatMap((target) => targetParameters(target, factors));
  const parameters = [...own, ...trainedBase.parameters];
  return defineAdapter({
    method: 'lora',
    targetModules: [...names],
    parameters,
    frozenWeights: (base) => frozenFactors(targets.values(), factors, base),
    hooks: ({ training }) =>
      loraHooks({ targets, factors, trainedBase, dropout: training ? config.dropout : 0 }),
    withDropout: (dropout) => createLora({ ...config, dropout }, context),
    save: (source) => saveLora({ config, layout, targets, factors, parameters }, source),
    merging: { rules: loraMergeRules({ targets, factors, trainedBase }), keepsTied: false },
  });
}

function targetParameters(target: LoraTarget, factors: InitialFactors): readonly AdapterParameter[] {
  const { a, b, bias, rank, fanIn, fanOut, isEmbedding } = target;
  const file = (name: string, shape: readonly number[], transposed = false) => ({
    key: `${keyPrefix}${name}`,
    shape,
    transposed,
  });
  const parameters: AdapterParameter[] = [
    {
      name: a,
      shape: isEmbedding ? [fanIn, rank] : [rank, fanIn],
      isDecayed: true,
      initialise: (base) => factors.of(target, base).a,
      file: file(a, [rank, fanIn], isEmbedding),
    },
    {
      name: b,
      shape: [fanOut, rank],
      isDecayed: true,
      initialise: (base) => factors.of(target, base).b,
      file: file(b, [fanOut, rank]),
    },
  ];
  if (bias === null) return parameters;
  const initialise = (): Float32Array => new Float32Array(fanOut);
  return [
    ...parameters,
    { name: bias, shape: [fanOut], isDecayed: false, initialise, file: file(bias, [fanOut]) },
  ];
}
