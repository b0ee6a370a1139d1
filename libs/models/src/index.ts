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
