export type {
  Adapter,
  AdapterParameter,
  FileTensor,
  FrozenMatrix,
  MethodName,
  ParameterFile,
  ParameterValues,
  PrefixValues,
  SavedAdapter,
  SaveSource,
} from './adapter.ts';
export { type AdapterOptions, defaultAdapterOptions, optionsOfMethod } from './adapter-options.ts';
export { type BaseTensors, readBaseTensors } from './base-tensors.ts';
export { type CreateAdapterContext, createAdapter } from './create-adapter.ts';
export type { AdapterStructure } from './files/adapter-structure.ts';
export { type OpenAdapterOptions, type OpenedAdapter, openAdapter } from './files/open-adapter.ts';
export { type WriteAdapterOptions, writeAdapterFolder } from './files/write-adapter.ts';
export type { LoraInitialization } from './lora/lora-config.ts';
export type { HeadLowRank, HeadSite } from './lora/lora-hooks.ts';
export { type MergedModel, type MergeOptions, mergedTensors } from './merge/merged-tensors.ts';
export { storedFloatDType } from './merge/stored-dtype.ts';
export type { ModuleNames } from './targets.ts';
export type { BiasMode } from './trained-base-tensors.ts';
