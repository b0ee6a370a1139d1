/** The adapter that a run trains: a new one, or one from a folder. */
import { type Adapter, type AdapterOptions, createAdapter, type OpenedAdapter } from '@weft/peft';
import type { CommandContext } from '../context.ts';
import type { OpenedModel } from '../models/open-model.ts';
import { useAdapter } from '../models/use-adapter.ts';
import { optionError } from '../options/option-errors.ts';
import { flagOf } from '../options/option-table.ts';
import { adapterDigest, type Fingerprint } from './fingerprint.ts';
import type { TuneSettings } from './tune-settings.ts';

export interface StartingAdapter {
  readonly adapter: Adapter;
  /** First values; null for the method's own. */
  readonly values: ReadonlyMap<string, Float32Array> | null;
  readonly fingerprint: Fingerprint;
}

export async function startingAdapter(
  settings: TuneSettings,
  model: OpenedModel,
  context: CommandContext,
): Promise<StartingAdapter> {
  const { fromAdapter, adapter: options, recipe, allowOtherBase } = settings;
  if (fromAdapter === null) {
    const adapter = createAdapter(options, { model: model.base, seed: recipe.seed });
    return { adapter, values: null, fingerprint: { ...options, fromAdapter: null } };
  }
  const opened = await useAdapter(model, { folder: fromAdapter, allowOtherBase }, context);
  requireStructure(opened, settings.givenAdapter);
  const { dropout } = settings.givenAdapter;
  const adapter = dropout === undefined ? opened.adapter : opened.adapter.withDropout(dropout);
  const fingerprint = { fromAdapter: adapterDigest(opened), dropout: dropout ?? null };
  return { adapter, values: opened.values, fingerprint };
}

/** PEFT's key of each option that fixes an adapter's structure. */
const configKeys: Readonly<Partial<Record<keyof AdapterOptions, string>>> = {
  rank: 'r',
  alpha: 'lora_alpha',
  targetModules: 'target_modules',
  useRslora: 'use_rslora',
  rankPattern: 'rank_pattern',
  alphaPattern: 'alpha_pattern',
  layers: 'layers_to_transform',
  loraBias: 'lora_bias',
  bias: 'bias',
  modulesToSave: 'modules_to_save',
  virtualTokens: 'num_virtual_tokens',
  prefixProjection: 'prefix_projection',
};

function requireStructure({ adapter, config }: OpenedAdapter, given: Partial<AdapterOptions>): void {
  for (const [option, value] of Object.entries(given)) {
    if (option === 'dropout' || (option === 'initialization' && value === 'default')) continue;
    const key = configKeys[option as keyof AdapterOptions];
    const found = option === 'method' ? adapter.method : key === undefined ? null : (config[key] ?? null);
    if (comparable(found) === comparable(value)) continue;
    throw optionError({
      code: 'ADAPTER_STRUCTURE_FIXED',
      message: `${flagOf(option)} contradicts the adapter that is to be trained on: it has ${JSON.stringify(found)}`,
      field: flagOf(option),
      value,
      remedy: `Leave ${flagOf(option)} out, or start a new adapter without --from-adapter.`,
    });
  }
}

/** Lists without regard to order; nothing, false and empty are the same. */
function comparable(value: unknown): string {
  if (Array.isArray(value))
    return value.length === 0 ? '' : JSON.stringify([...value].map(String).toSorted());
  const isEmpty = value === null || value === undefined || value === false || JSON.stringify(value) === '{}';
  return isEmpty ? '' : JSON.stringify(value);
}
