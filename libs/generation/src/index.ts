export {
  type FinishReason,
  type GeneratedToken,
  type GenerationRequest,
  Generator,
  type GeneratorOptions,
} from './generator.ts';
export type { PrefixValues } from './key-value-cache.ts';
export { indexOfLargest, Sampler } from './sampler.ts';
export { greedy, type SamplingOptions } from './sampling-options.ts';
export { type StreamDecoder, TextStream } from './text-stream.ts';
