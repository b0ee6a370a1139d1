/** Inverse frequencies of rotary embeddings and their scaling variants, as transformers computes them. */
import type { ConfigReader } from './config-reader.ts';
import type { Architecture, RopeConfig } from './decoder-config.ts';

/** The theta that an architecture itself defines; the others must state theirs. */
const definedTheta: Partial<Record<Architecture, number>> = { llama: 10_000, mistral: 10_000 };

export interface RopeDimensions {
  readonly architecture: Architecture;
  readonly headDim: number;
  readonly maxPositions: number;
}

/**
 * Reads both spellings: `rope_theta` and `rope_scaling` of transformers 4, `rope_parameters` of transformers 5.
 *
 * @throws WeftError `MODEL_CONFIG_INVALID` where theta is missing or the variant is unknown.
 */
export function readRope(config: ConfigReader, dimensions: RopeDimensions): RopeConfig {
  const parameters = config.object('rope_parameters') ?? config.object('rope_scaling');
  const owner = parameters?.has('rope_theta') === true ? parameters : config;
  const theta = owner.number('rope_theta', definedTheta[dimensions.architecture]);
  const rotary = Math.floor(dimensions.headDim * config.number('partial_rotary_factor', 1));
  const plain = plainFrequencies(theta, rotary);
  if (parameters === null) return { frequencies: Float32Array.from(plain), attentionScaling: 1 };
  const variant = parameters.string('rope_type', parameters.string('type', 'default'));
  switch (variant) {
    case 'default':
      return { frequencies: Float32Array.from(plain), attentionScaling: 1 };
    case 'linear': {
      const factor = parameters.number('factor');
      return {
        frequencies: Float32Array.from(plain, (frequency) => frequency / factor),
        attentionScaling: 1,
      };
    }
    case 'llama3':
      return { frequencies: llama3(plain, parameters), attentionScaling: 1 };
    case 'longrope':
      return { frequencies: divideByFactors(plain, parameters), attentionScaling: 1 };
    case 'yarn':
      return yarn(plain, { parameters, theta, rotary, maxPositions: dimensions.maxPositions });
    default:
      throw parameters.invalid('rope_type', 'must be one of default, linear, llama3, yarn');
  }
}

function plainFrequencies(theta: number, rotary: number): readonly number[] {
  return Array.from({ length: rotary / 2 }, (_, pair) => theta ** (-(2 * pair) / rotary));
}

/** Llama 3.1's scaling: long wavelengths are slowed by `factor`, short ones kept, those between blended. */
function llama3(plain: readonly number[], parameters: ConfigReader): Float32Array {
  const factor = parameters.number('factor');
  const low = parameters.number('low_freq_factor');
  const high = parameters.number('high_freq_factor');
  const original = parameters.number('original_max_position_embeddings');
  return Float32Array.from(plain, (frequency) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength > original / low) return frequency / factor;
    if (wavelength < original / high) return frequency;
    const smooth = (original / wavelength - low) / (high - low);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

/** Explicit divisors, one per pair, the same for every length: what GGUF's `rope_freqs` become. */
function divideByFactors(plain: readonly number[], parameters: ConfigReader): Float32Array {
  const factors = parameters.numbers('short_factor');
  if (factors === null || factors.length !== plain.length) {
    throw parameters.invalid('short_factor', `must list ${plain.length} numbers`);
  }
  if (parameters.numbers('long_factor')?.join() !== factors.join()) {
    throw parameters.invalid(
      'long_factor',
      'must equal short_factor: factors that change with length are not supported',
    );
  }
  return Float32Array.from(plain, (frequency, pair) => frequency / (factors[pair] ?? 1));
}

interface YarnContext {
  readonly parameters: ConfigReader;
  readonly theta: number;
  readonly rotary: number;
  readonly maxPositions: number;
}

/** YaRN (Peng et al. 2023, section 3.2 and equation 22 for the attention factor). */
function yarn(plain: readonly number[], context: YarnContext): RopeConfig {
  const { parameters, rotary, theta } = context;
  const factor = parameters.number('factor');
  const original = parameters.number('original_max_position_embeddings', context.maxPositions);
  const rotationsToPair = (rotations: number): number =>
    (rotary * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const truncate = parameters.boolean('truncate', true);
  const from = rotationsToPair(parameters.number('beta_fast', 32));
  const to = rotationsToPair(parameters.number('beta_slow', 1));
  const low = Math.max(truncate ? Math.floor(from) : from, 0);
  const high = Math.min(truncate ? Math.ceil(to) : to, rotary - 1);
  const span = low === high ? 0.001 : high - low;
  const frequencies = Float32Array.from(plain, (frequency, pair) => {
    const interpolated = Math.min(1, Math.max(0, (pair - low) / span));
    return (frequency / factor) * interpolated + frequency * (1 - interpolated);
  });
  return { frequencies, attentionScaling: yarnAttentionFactor(parameters, factor) };
}

function yarnAttentionFactor(parameters: ConfigReader, factor: number): number {
  if (parameters.has('attention_factor')) return parameters.number('attention_factor');
  const scale = (multiplier: number): number => (factor <= 1 ? 1 : 0.1 * multiplier * Math.log(factor) + 1);
  if (parameters.has('mscale') && parameters.has('mscale_all_dim')) {
    return scale(parameters.number('mscale')) / scale(parameters.number('mscale_all_dim'));
  }
  return scale(1);
}
