export * from './architectures/index.ts';
export { FileSink, writeFileAtomically } from './formats/atomic-file.ts';
export { type Checkpoint, openCheckpoint } from './formats/checkpoint.ts';
export { type GgufHeader, readGgufHeader } from './formats/gguf/gguf-header.ts';
export { ggufToHuggingFace, type HuggingFaceView } from './formats/gguf/gguf-to-hugging-face.ts';
export type { GgufNumbers, GgufValue } from './formats/gguf/gguf-values.ts';
export type { JsonObject } from './formats/json-file.ts';
export { readJsonObject } from './formats/json-file.ts';
export { readIntegers, readTensor } from './formats/read-tensor.ts';
export { readSafetensorsHeader, type SafetensorsHeader } from './formats/safetensors/safetensors-header.ts';
export { readSafetensorsIndex, type ShardedTensors } from './formats/safetensors/safetensors-index.ts';
export {
  type FloatProducer,
  type TensorToWrite,
  type WriteOptions,
  writeSafetensors,
} from './formats/safetensors/safetensors-writer.ts';
export { type ShardOptions, writeModelWeights } from './formats/safetensors/sharded-writer.ts';
export {
  blockSizeOf,
  type FloatDType,
  type PlainDType,
  type QuantisedDType,
  type TensorDType,
  type TensorEntry,
  transposeEntry,
  type WeightEntry,
} from './formats/tensor-entry.ts';
export {
  type BaseModel,
  checkWeights,
  frozenWeights,
  openBaseModel,
  WeightLoader,
} from './loading/base-model.ts';
export { modelDigest } from './sources/base-digest.ts';
export { type HomeOptions, weftHome } from './sources/cache-paths.ts';
export { builtInCatalogue, type Catalogue, type CatalogueEntry } from './sources/catalogue.ts';
export { FileLock, type LockOptions } from './sources/file-lock.ts';
export { type ListedModel, listModels } from './sources/list-models.ts';
export { knownNames } from './sources/model-name.ts';
export { resolveModel } from './sources/resolve-model.ts';
export type {
  CacheOptions,
  Environment,
  ModelKind,
  ResolvedModel,
  ResolveOptions,
  SourceName,
  SourceProgress,
  SourceTiming,
} from './sources/types.ts';
