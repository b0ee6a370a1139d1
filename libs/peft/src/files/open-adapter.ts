/** Opens an adapter's folder as Hugging Face PEFT writes it, on a base model. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { isWeftError, WeftError } from '@weft/errors';
import { type BaseModel, type JsonObject, readJsonObject, readSafetensorsHeader } from '@weft/models';
import type { Adapter } from '../adapter.ts';
import type { AdapterOptions } from '../adapter-options.ts';
import { createIa3 } from '../ia3/ia3.ts';
import { readIa3Config } from '../ia3/ia3-config.ts';
import { createLora } from '../lora/lora.ts';
import { readLoraConfig } from '../lora/lora-peft-config.ts';
import { type BaseLayout, describeBase } from '../module-sites.ts';
import { createPrefix } from '../prefix/prefix.ts';
import { readPrefixConfig } from '../prefix/prefix-config.ts';
import {
  type AdapterStructure,
  ia3Structure,
  loraStructure,
  prefixStructure,
  refuseContradictions,
} from './adapter-structure.ts';
import { ConfigReader } from './config-reader.ts';
import { readAdapterTensors } from './read-tensors.ts';
import { configFile, weightsFile } from './write-adapter.ts';

export interface OpenAdapterOptions {
  readonly model: BaseModel;
  readonly signal: AbortSignal;
}

export interface OpenedAdapter {
  readonly adapter: Adapter;
  /** `adapter_config.json` as it is. */
  readonly config: JsonObject;
  /** The same under the names of our own options, those of its method alone. */
  readonly structure: AdapterStructure;
  /** By parameter name, in the engine's layout. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** What was found odd and left alone. */
  readonly warnings: readonly string[];
  /** `weft.json`, where the adapter is one of ours. */
  readonly record: JsonObject | null;
  /**
   * Checks options that a user gave for training it further; those not given are left out.
   *
   * @throws WeftError `ADAPTER_OPTION_CONTRADICTED`.
   */
  refuseContradictions(given: Partial<AdapterOptions>): void;
}

/**
 * Reads config and tensors (F32, F16 or BF16) and checks that they fit the model and each other.
 *
 * @throws WeftError `ADAPTER_NOT_FOUND`; `ADAPTER_PICKLED` where there are only pickled weights; `ADAPTER_UNSUPPORTED`
 * or `ADAPTER_CONFIG_INVALID` naming a key; `PEFT_NO_TARGETS`; `ADAPTER_TENSOR_MISSING`, `ADAPTER_TENSOR_UNKNOWN`,
 * `ADAPTER_SHAPE_MISMATCH` or `ADAPTER_NOT_FINITE` naming a tensor; what reading files throws.
 */
export async function openAdapter(folder: string, options: OpenAdapterOptions): Promise<OpenedAdapter> {
  const { model, signal } = options;
  const config = await readConfig(folder, signal);
  const reader = new ConfigReader(join(folder, configFile), config);
  const layout = describeBase(model);
  const { adapter, structure } = createFromConfig(reader, model, layout);
  const warnings = reader.finish();
  await requireSafetensors(folder);
  const header = await readSafetensorsHeader(join(folder, weightsFile), signal);
  const values = await readAdapterTensors(header, { adapter, model, layout, signal });
  const record = await orNull(readJsonObject(join(folder, 'weft.json'), signal));
  const check = { structure, targetModules: adapter.targetModules, sites: layout.sites };
  const refuse = (given: Partial<AdapterOptions>): void => refuseContradictions(given, check);
  return { adapter, config, structure, values, warnings, record, refuseContradictions: refuse };
}

interface Created {
  readonly adapter: Adapter;
  readonly structure: AdapterStructure;
}

function createFromConfig(reader: ConfigReader, model: BaseModel, layout: BaseLayout): Created {
  const { architecture } = model.config;
  const context = { layout, model: model.config, seed: 0, trainsProjection: false };
  switch (reader.value('peft_type')) {
    case 'LORA': {
      const config = readLoraConfig(reader, architecture);
      return { adapter: createLora(config, context), structure: loraStructure(config) };
    }
    case 'IA3': {
      const config = readIa3Config(reader, architecture);
      return { adapter: createIa3(config, context), structure: ia3Structure(config) };
    }
    case 'PREFIX_TUNING': {
      const config = readPrefixConfig(reader, model.config);
      return { adapter: createPrefix(config, context), structure: prefixStructure(config) };
    }
    case null:
      throw reader.invalid('peft_type', 'LORA, IA3 or PREFIX_TUNING');
    default:
      throw reader.unsupported('peft_type');
  }
}

async function readConfig(folder: string, signal: AbortSignal): Promise<JsonObject> {
  const config = await orNull(readJsonObject(join(folder, configFile), signal));
  if (config !== null) return config;
  throw new WeftError({
    code: 'ADAPTER_NOT_FOUND',
    kind: 'invalid',
    message: `${folder} is no adapter: it has no ${configFile}`,
    field: folder,
    remedy: `name the folder that holds ${configFile} and ${weightsFile}`,
  });
}

async function requireSafetensors(folder: string): Promise<void> {
  if (await exists(join(folder, weightsFile))) return;
  const pickled = join(folder, 'adapter_model.bin');
  const isPickled = await exists(pickled);
  throw new WeftError({
    code: isPickled ? 'ADAPTER_PICKLED' : 'ADAPTER_NOT_FOUND',
    kind: 'invalid',
    message: isPickled
      ? `${pickled} is a pickle, which can run code when it is read, and is refused`
      : `${folder} has no ${weightsFile}`,
    field: isPickled ? pickled : folder,
    remedy: isPickled ? `convert it to ${weightsFile} where you trust it` : 'copy the whole folder',
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

async function orNull<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if (isWeftError(error) && error.code === 'FILE_NOT_FOUND') return null;
    throw error;
  }
}
