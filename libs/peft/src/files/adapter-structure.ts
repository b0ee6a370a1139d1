/** What an opened adapter fixes, so that options for training it further cannot contradict it. */
import { WeftError } from '@weft/errors';
import type { AdapterOptions } from '../adapter-options.ts';
import type { ModuleSite } from '../base-tensors.ts';
import type { Ia3Config } from '../ia3/ia3-config.ts';
import type { LoraConfig, LoraInitialization } from '../lora/lora-config.ts';
import type { PrefixConfig } from '../prefix/prefix-config.ts';
import { selectTargets } from '../targets.ts';

/** The options that the method takes, as the adapter's config has them. */
export type AdapterStructure = Partial<Omit<AdapterOptions, 'initialization'>> &
  Pick<AdapterOptions, 'method'> & { readonly initialization?: LoraInitialization };

export function loraStructure(config: LoraConfig): AdapterStructure {
  const { rank, alpha, dropout, targetModules, layers, useRslora, rankPattern, alphaPattern } = config;
  const { loraBias, bias, modulesToSave, initialization } = config;
  const scaling = { rank, alpha, useRslora, rankPattern, alphaPattern };
  const trained = { loraBias, bias, modulesToSave, initialization };
  return { method: 'lora', dropout, targetModules, layers, ...scaling, ...trained };
}

export function ia3Structure({ targetModules, modulesToSave }: Ia3Config): AdapterStructure {
  return { method: 'ia3', targetModules, modulesToSave };
}

export function prefixStructure({ virtualTokens, hasProjection }: PrefixConfig): AdapterStructure {
  return { method: 'prefix', virtualTokens, prefixProjection: hasProjection };
}

export interface StructureCheck {
  readonly structure: AdapterStructure;
  /** Full names of the adapter's targets. */
  readonly targetModules: readonly string[];
  readonly sites: readonly ModuleSite[];
}

/**
 * Dropout is no structure: it may differ.
 *
 * @throws WeftError `ADAPTER_OPTION_CONTRADICTED` for the first given option that says otherwise than the adapter.
 */
export function refuseContradictions(given: Partial<AdapterOptions>, check: StructureCheck): void {
  for (const [name, value] of Object.entries(given)) {
    if (name === 'dropout' || value === undefined || value === null) continue;
    const own = check.structure[name as keyof AdapterOptions] ?? null;
    if (name === 'targetModules' && namesTheSame(given, check)) continue;
    if (canonical(value) !== canonical(own)) throw contradicted(name, value, own);
  }
}

/** Whether the given targets come to the same modules, however they are written. */
function namesTheSame({ targetModules }: Partial<AdapterOptions>, check: StructureCheck): boolean {
  if (targetModules === undefined || targetModules === null) return true;
  const layers = check.structure.layers ?? null;
  const modulesToSave = check.structure.modulesToSave ?? [];
  const rest = { excludeModules: null, layers, layersPattern: null, modulesToSave };
  const named = selectTargets(check.sites, { targetModules, ...rest }).map((site) => site.name);
  return canonical(named) === canonical(check.targetModules);
}

/** Lists without their order, maps with sorted keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value.toSorted());
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function contradicted(name: string, value: unknown, own: unknown): WeftError {
  return new WeftError({
    code: 'ADAPTER_OPTION_CONTRADICTED',
    kind: 'invalid',
    message: `${name} is given as ${JSON.stringify(value)}, the adapter to go on from has ${JSON.stringify(own)}`,
    field: name,
    value: JSON.stringify(value),
    remedy: `leave ${name} out; only dropout may differ from the adapter's`,
  });
}
