/** Which modules a method touches, by PEFT's own rules (`check_target_module_exists`). */
import { WeftError } from '@weft/errors';
import type { ModuleSite } from './base-tensors.ts';
import { layerNumber, wholeName } from './python-pattern.ts';

/** Names or suffixes of modules, or one string: a regular expression for whole names. */
export type ModuleNames = readonly string[] | string;

export const allLinear = 'all-linear';

export interface TargetSelection {
  /** Names, or one string: a regular expression, or `all-linear`. */
  readonly targetModules: ModuleNames;
  readonly excludeModules: ModuleNames | null;
  readonly layers: readonly number[] | null;
  /** Words after which a layer's number stands; null or none: any word. */
  readonly layersPattern: ModuleNames | null;
  readonly modulesToSave: readonly string[];
}

/**
 * The targeted modules in model order.
 *
 * @throws WeftError `PEFT_NO_TARGETS` naming the selection and what the model offers, `PEFT_TARGET_UNSUPPORTED` for a
 * module that is neither a linear nor the token embedding, `PEFT_PATTERN_INVALID`.
 */
export function selectTargets(
  sites: readonly ModuleSite[],
  selection: TargetSelection,
): readonly ModuleSite[] {
  const targets = sites.filter((site) => isTarget(site, selection));
  const odd = targets.find((site) => site.kind === 'norm' || site.kind === 'positions');
  if (odd !== undefined) throw unsupported(odd);
  if (targets.length > 0) return targets;
  throw new WeftError({
    code: 'PEFT_NO_TARGETS',
    kind: 'invalid',
    message: `no module of the model matches the target modules ${JSON.stringify(selection.targetModules)}`,
    field: 'targetModules',
    value: JSON.stringify(selection.targetModules),
    remedy: `choose among ${offered(sites)}, and check layers and exclusions`,
  });
}

/** Names that a list of targets holds and the model does not; a slip of the pen more often than not. */
export function unknownNames(sites: readonly ModuleSite[], names: ModuleNames): readonly string[] {
  if (typeof names === 'string') return [];
  return names.filter((name) => !sites.some((site) => endsWithName(site.name, name)));
}

/** The last parts of the names of all linears. */
export function offered(sites: readonly ModuleSite[]): string {
  const linears = sites.filter((site) => site.kind === 'linear');
  return [...new Set(linears.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))].join(', ');
}

function isTarget(site: ModuleSite, selection: TargetSelection): boolean {
  const { targetModules, excludeModules, modulesToSave } = selection;
  if (excludeModules !== null && matchesNames(site.name, excludeModules, 'excludeModules')) return false;
  if (isUnder(site.name, modulesToSave)) return false;
  if (typeof targetModules !== 'string') {
    return (
      targetModules.includes(site.name) ||
      (matchesNames(site.name, targetModules, 'targetModules') && isInLayers(site, selection))
    );
  }
  if (!isAllLinear(targetModules)) return matchesNames(site.name, targetModules, 'targetModules');
  return site.kind === 'linear' && !site.isHead && isInLayers(site, selection);
}

export function isAllLinear(names: ModuleNames): boolean {
  return typeof names === 'string' && names.toLowerCase() === allLinear;
}

/** PEFT's `layers_to_transform`: the first numbered part of a name, or the one after a word of `layers_pattern`. */
function isInLayers(site: ModuleSite, { layers, layersPattern }: TargetSelection): boolean {
  if (layers === null || layers.length === 0) return true;
  const words = typeof layersPattern === 'string' ? [layersPattern] : (layersPattern ?? []);
  const anyWord = /^.*?\.[^.]*\.(\d+)\./;
  const expressions =
    words.length === 0 ? [anyWord] : words.map((word) => layerNumber(word, 'layersPattern'));
  for (const expression of expressions) {
    const index = expression.exec(site.name)?.[1];
    if (index !== undefined) return layers.includes(Number(index));
  }
  return false;
}

export function matchesNames(name: string, names: ModuleNames, field: string): boolean {
  if (typeof names === 'string') return wholeName(names, field).test(name);
  return names.some((candidate) => endsWithName(name, candidate));
}

export function endsWithName(name: string, suffix: string): boolean {
  return name === suffix || name.endsWith(`.${suffix}`);
}

/** Whether the module is one of those named, or lies within one. */
export function isUnder(name: string, names: readonly string[]): boolean {
  return names.some((candidate) => `.${name}.`.includes(`.${candidate}.`));
}

function unsupported(site: ModuleSite): WeftError {
  return new WeftError({
    code: 'PEFT_TARGET_UNSUPPORTED',
    kind: 'invalid',
    message: `${site.name} is ${site.kind === 'norm' ? 'a norm' : 'a table of positions'}, which cannot be a target`,
    field: 'targetModules',
    value: site.name,
    remedy: 'target linear modules or the token embedding; train others in full with modulesToSave',
  });
}
