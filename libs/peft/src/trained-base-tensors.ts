/** Base tensors that an adapter trains beside its own: whole modules (`modules_to_save`) and biases. */
import { ops, type ProgramBuilder, type Value } from '@weft/engine';
import { WeftError } from '@weft/errors';
import type { EmbeddingSite } from '@weft/models';
import type { AdapterParameter } from './adapter.ts';
import type { ModuleSite } from './base-tensors.ts';
import { keyPrefix } from './files/saved-adapter.ts';
import { type MergeRule, replaceBy } from './merge/merge-rule.ts';
import type { BaseLayout } from './module-sites.ts';
import { offered } from './targets.ts';

export type BiasMode = 'none' | 'all' | 'lora_only';

export interface TrainedBaseOptions {
  readonly modulesToSave: readonly string[];
  readonly bias: BiasMode;
  /** Full names of the modules that the method itself changes. */
  readonly targets: ReadonlySet<string>;
}

/** Hooks and merge rules of the trained base tensors, to be combined with the method's own. */
export interface TrainedBase {
  readonly parameters: readonly AdapterParameter[];
  tensor(builder: ProgramBuilder, name: string): Value | null;
  /** Tied embeddings are trained on their side alone, so the table cannot be replaced by name. */
  embedding(builder: ProgramBuilder, site: EmbeddingSite): Value | null;
  readonly rules: ReadonlyMap<string, MergeRule>;
}

/** @throws WeftError `PEFT_MODULE_UNKNOWN` where a module to save is not in the model, `PEFT_MODULES_OVERLAP`. */
export function trainedBaseTensors(layout: BaseLayout, options: TrainedBaseOptions): TrainedBase {
  requireKnown(layout.sites, options.modulesToSave);
  const saved = layout.sites.filter((site) => isSaved(site.name, options.modulesToSave));
  const doubled = saved.find((site) => options.targets.has(site.name));
  if (doubled !== undefined) throw overlapping(doubled.name);
  const biased = layout.sites.filter((site) => !saved.includes(site) && trainsBias(site, options));
  const copies = [
    ...saved.flatMap((site) => copiesOf(site, layout)),
    ...biased.map((site) => biasOf(site, options.targets)),
  ];
  const byTensor = new Map(copies.map((copy) => [copy.tensor, copy.parameter]));
  const isTied = !layout.tensors.has('lm_head.weight');
  const tiedTable = isTied ? `${layout.sites[0]?.name}.weight` : null;
  return {
    parameters: [...byTensor.values()],
    tensor(builder, name) {
      const parameter = name === tiedTable ? undefined : byTensor.get(name);
      return parameter === undefined ? null : builder.parameter(parameter.name, parameter.shape);
    },
    embedding(builder, { name, ids }) {
      const parameter = byTensor.get(`${name}.weight`);
      if (parameter === undefined) return null;
      return builder.compute(ops.embedding, [builder.parameter(parameter.name, parameter.shape), ids]);
    },
    rules: new Map([...byTensor].map(([tensor, { name }]) => [tensor, replaceBy(name)])),
  };
}

/** PEFT saves a module whose name ends with one of the given, at any letter, and all that lies within it. */
function isSaved(name: string, ends: readonly string[]): boolean {
  const parts = name.split('.');
  const around = parts.map((_, i) => parts.slice(0, i + 1).join('.'));
  return around.some((module) => ends.some((end) => module.endsWith(end)));
}

interface Copy {
  /** The base tensor's name. */
  readonly tensor: string;
  readonly parameter: AdapterParameter;
}

function trainsBias({ name, hasBias }: ModuleSite, { bias, targets }: TrainedBaseOptions): boolean {
  return hasBias && (bias === 'all' || (bias === 'lora_only' && targets.has(name)));
}

function copiesOf(site: ModuleSite, { tensors }: BaseLayout): readonly Copy[] {
  const { name, kind, storedTransposed } = site;
  const tensor = `${name}.weight`;
  const shape = tensors.get(tensor) ?? [site.outFeatures, site.inFeatures];
  const weight: AdapterParameter = {
    name: `${name}.modules_to_save.weight`,
    shape,
    isDecayed: kind !== 'norm',
    initialise: (base) => base.read(tensor),
    file: {
      key: `${keyPrefix}${tensor}`,
      shape: storedTransposed ? shape.toReversed() : shape,
      transposed: storedTransposed,
    },
  };
  const copies = [{ tensor, parameter: weight }];
  return site.hasBias ? [...copies, biasOf(site, new Set())] : copies;
}

/** PEFT moves a targeted module into `base_layer`, and its bias with it. */
function biasOf({ name, outFeatures }: ModuleSite, targets: ReadonlySet<string>): Copy {
  const tensor = `${name}.bias`;
  const key = `${keyPrefix}${name}.${targets.has(name) ? 'base_layer.' : ''}bias`;
  const shape = [outFeatures];
  const initialise: AdapterParameter['initialise'] = (base) => base.read(tensor);
  return {
    tensor,
    parameter: {
      name: tensor,
      shape,
      isDecayed: false,
      initialise,
      file: { key, shape, transposed: false },
    },
  };
}

function requireKnown(sites: readonly ModuleSite[], names: readonly string[]): void {
  const unknown = names.find((name) => !sites.some((site) => isSaved(site.name, [name])));
  if (unknown === undefined) return;
  throw new WeftError({
    code: 'PEFT_MODULE_UNKNOWN',
    kind: 'invalid',
    message: `the model has no module '${unknown}' to save`,
    field: 'modulesToSave',
    value: unknown,
    remedy: `choose among ${offered(sites)}, embed_tokens and norms by their names`,
  });
}

function overlapping(module: string): WeftError {
  return new WeftError({
    code: 'PEFT_MODULES_OVERLAP',
    kind: 'invalid',
    message: `${module} is a target and a module to save at once`,
    field: 'modulesToSave',
    value: module,
    remedy: 'name modules to save by more of their name, or take the module out of the targets',
  });
}
