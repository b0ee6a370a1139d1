export type { Architecture, DecoderConfig, RopeConfig } from './decoder-config.ts';
export {
  type EmbeddingSite,
  type HeadLowRank,
  type HeadSite,
  type KeyValuePrefix,
  type LinearSite,
  type ModelHooks,
  ropeFrequenciesName,
} from './model-graph.ts';
export { parseDecoderConfig } from './parse-config.ts';
export {
  buildDecodeProgram,
  buildLogitsProgram,
  buildLossProgram,
  embeddingModule,
  type LossProgramOptions,
} from './programs.ts';
