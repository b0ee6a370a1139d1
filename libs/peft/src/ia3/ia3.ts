/** (IA)³ (Liu et al. 2022, section 3.3): y = l ⊙ (W x + b), or in feed-forward modules y = W (l ⊙ x) + b. */
import { ops, type ProgramBuilder } from '@weft/engine';
import { WeftError } from '@weft/errors';
import type { LinearSite } from '@weft/models';
import type { Adapter, AdapterParameter } from '../adapter.ts';
import type { ModuleSite } from '../base-tensors.ts';
import { defineAdapter } from '../define-adapter.ts';
import { keyPrefix, parameterTensors } from '../files/saved-adapter.ts';
import type { MergeRule } from '../merge/merge-rule.ts';
import type { BaseLayout } from '../module-sites.ts';
import { RandomStream } from '../random.ts';
import { selectTargets } from '../targets.ts';
import { trainedBaseTensors } from '../trained-base-tensors.ts';
import { explicitTargets, type Ia3Config, isFeedforward, writeIa3Config } from './ia3-config.ts';

export interface Ia3Context {
  readonly layout: BaseLayout;
  readonly seed: number;
}

interface Ia3Target {
  readonly site: ModuleSite;
  /** The vector scales the input, not the result. */
  readonly scalesInput: boolean;
  readonly parameter: AdapterParameter;
}

/** @throws WeftError `PEFT_NO_TARGETS`, `PEFT_TARGET_UNSUPPORTED`, `PEFT_MODULE_UNKNOWN`. */
export function createIa3(config: Ia3Config, { layout, seed }: Ia3Context): Adapter {
  const sites = selectTargets(layout.sites, { ...config, layers: null, layersPattern: null });
  const targets = new Map(sites.map((site) => [site.name, describeTarget(config, site, seed)]));
  const names = new Set(targets.keys());
  const trainedBase = trainedBaseTensors(layout, { ...config, bias: 'none', targets: names });
  const parameters = [...[...targets.values()].map(({ parameter }) => parameter), ...trainedBase.parameters];
  const isStoredTransposed = sites.some((site) => site.storedTransposed);
  return defineAdapter({
    method: 'ia3',
    targetModules: [...names],
    parameters,
    hooks: () => ({
      tensor: trainedBase.tensor,
      embedding: trainedBase.embedding,
      linear(builder, site) {
        const target = targets.get(site.name);
        return target === undefined ? null : scale(builder, site, target);
      },
    }),
    save: ({ values }) => ({
      config: writeIa3Config(explicitTargets(config, [...names]), isStoredTransposed),
      tensors: parameterTensors(parameters, values),
    }),
    merging: {
      rules: new Map([...trainedBase.rules, ...[...targets.values()].flatMap(mergeRules)]),
      keepsTied: false,
    },
  });
}

function describeTarget(config: Ia3Config, site: ModuleSite, seed: number): Ia3Target {
  if (site.kind !== 'linear' || site.isHead) throw unsupported(site);
  const name = `${site.name}.ia3_l`;
  const scalesInput = isFeedforward(config, site.name);
  const size = scalesInput ? site.inFeatures : site.outFeatures;
  const random = new RandomStream(seed, name);
  const parameter: AdapterParameter = {
    name,
    shape: [size],
    isDecayed: true,
    initialise: () => Float32Array.from({ length: size }, () => (config.startsAtOne ? 1 : random.normal())),
    file: { key: `${keyPrefix}${name}`, shape: scalesInput ? [1, size] : [size, 1], transposed: false },
  };
  return { site, scalesInput, parameter };
}

function scale(builder: ProgramBuilder, site: LinearSite, { parameter, scalesInput }: Ia3Target) {
  const vector = builder.parameter(parameter.name, parameter.shape);
  return scalesInput
    ? site.base(builder.compute(ops.scaleColumns, [site.x, vector]))
    : builder.compute(ops.scaleColumns, [site.base(), vector]);
}

function mergeRules({ site, scalesInput, parameter }: Ia3Target): readonly (readonly [string, MergeRule])[] {
  const weight: MergeRule = (rows, { first }, { values }) => {
    const vector = values(parameter.name);
    const width = site.inFeatures;
    rows.forEach((value, i) => {
      rows[i] = value * (vector[scalesInput ? i % width : first + Math.floor(i / width)] ?? 0);
    });
  };
  const bias: MergeRule = (rows, _, { values }) => {
    const vector = values(parameter.name);
    rows.forEach((value, i) => {
      rows[i] = value * (vector[i] ?? 0);
    });
  };
  const rules: (readonly [string, MergeRule])[] = [[`${site.name}.weight`, weight]];
  if (site.hasBias && !scalesInput) rules.push([`${site.name}.bias`, bias]);
  return rules;
}

function unsupported(site: ModuleSite): WeftError {
  return new WeftError({
    code: 'PEFT_TARGET_UNSUPPORTED',
    kind: 'invalid',
    message: `${site.name} cannot be a target of ia3, which scales linear modules within layers`,
    field: 'targetModules',
    value: site.name,
    remedy: `take ${site.name} out of the target modules`,
  });
}
