/** Rotary embeddings of a GGUF file in the words of a Hugging Face config. */

import { WeftError } from '@weft/errors';
import type { JsonObject } from '../json-file.ts';
import type { GgufMetadata } from './gguf-metadata.ts';

/** What llama.cpp takes where a file names no base. */
const defaultTheta = 10_000;

export function ropeThetaOf(metadata: GgufMetadata): number {
  return metadata.number('rope.freq_base') ?? defaultTheta;
}

/**
 * The `rope_scaling` member. `factors` are the values of `rope_freqs.weight`, by which each frequency is divided: they
 * become `llama3` scaling where that makes the same ones, else `longrope` with these very factors.
 */
export function ropeScalingOf(metadata: GgufMetadata, factors: Float32Array | null): JsonObject | null {
  const type = metadata.text('rope.scaling.type') ?? 'linear';
  const factor = metadata.number('rope.scaling.factor') ?? metadata.number('rope.scale_linear') ?? 1;
  if (factors?.some((value) => value !== 1)) {
    const theta = ropeThetaOf(metadata);
    return llama3Scaling(factors, theta, metadata) ?? explicitScaling(factors, metadata);
  }
  if (type === 'none' || factor === 1 || factor === 0) return null;
  if (type === 'linear') return { rope_type: 'linear', factor };
  if (type === 'yarn') return yarnScaling(metadata, factor);
  throw new WeftError({
    code: 'GGUF_ROPE_UNKNOWN',
    kind: 'invalid',
    message: `the rope scaling ${type} is not supported`,
    field: `${metadata.architecture}.rope.scaling.type`,
    value: type,
    remedy: 'Use a model with linear, yarn or llama3 scaling, or none.',
  });
}

function yarnScaling(metadata: GgufMetadata, factor: number): JsonObject {
  const attention = metadata.number('rope.scaling.attn_factor') ?? 1;
  const betaFast = metadata.number('rope.scaling.yarn_beta_fast');
  const betaSlow = metadata.number('rope.scaling.yarn_beta_slow');
  return {
    rope_type: 'yarn',
    factor,
    original_max_position_embeddings:
      metadata.count('rope.scaling.original_context_length') ?? metadata.requiredCount('context_length'),
    // llama.cpp multiplies its own temperature by this; Hugging Face takes the product.
    ...(attention === 1 ? {} : { attention_factor: attention * (1 + 0.1 * Math.log(factor)) }),
    ...(betaFast === null ? {} : { beta_fast: betaFast }),
    ...(betaSlow === null ? {} : { beta_slow: betaSlow }),
  };
}

export interface Llama3Parameters {
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  readonly originalPositions: number;
}

/**
 * The divisors of the frequencies theta^(-2i/d), i = 0 … d/2 - 1, under Llama 3's scaling: 1 for wavelengths below
 * original/high, `factor` above original/low, between them 1 / ((1 - s) / factor + s) with
 * s = (original / wavelength - low) / (high - low).
 */
export function llama3Factors(parameters: Llama3Parameters, theta: number, count: number): Float32Array {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalPositions } = parameters;
  return Float32Array.from({ length: count }, (_, i) => {
    const turns = originalPositions / wavelength(theta, i, count);
    if (turns > high) return 1;
    if (turns < low) return factor;
    const smooth = (turns - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

function wavelength(theta: number, index: number, count: number): number {
  return 2 * Math.PI * theta ** (index / count);
}

function llama3Scaling(factors: Float32Array, theta: number, metadata: GgufMetadata): JsonObject | null {
  for (const parameters of candidates(factors, theta, metadata)) {
    const expected = llama3Factors(parameters, theta, factors.length);
    if (factors.some((value, i) => !(Math.abs(value - (expected[i] ?? 0)) <= 1e-5 * value))) continue;
    return {
      rope_type: 'llama3',
      factor: parameters.factor,
      low_freq_factor: parameters.lowFrequencyFactor,
      high_freq_factor: parameters.highFrequencyFactor,
      original_max_position_embeddings: parameters.originalPositions,
    };
  }
  return null;
}

/** The parameters of Meta's models, then those that the factors themselves determine. */
function* candidates(
  factors: Float32Array,
  theta: number,
  metadata: GgufMetadata,
): Iterable<Llama3Parameters> {
  const factor = factors.reduce((most, value) => Math.max(most, value), 1);
  const named = metadata.count('rope.scaling.original_context_length');
  yield { factor, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: named ?? 8192 };
  const solved = solve(factors, theta, factor);
  if (solved === null) return;
  yield {
    ...solved,
    highFrequencyFactor: Math.round(solved.highFrequencyFactor),
    originalPositions: Math.round(solved.originalPositions),
  };
  yield solved;
}

/**
 * Between the two bounds s is linear in 1 / wavelength, so that two frequencies there determine the line. The scale of
 * (low, high, original) is free: low is set to 1, as all known models have it.
 */
function solve(factors: Float32Array, theta: number, factor: number): Llama3Parameters | null {
  const points = [...factors].flatMap((value, i) => {
    if (!(value > 1 && value < factor)) return [];
    return [
      { x: 1 / wavelength(theta, i, factors.length), smooth: (1 / value - 1 / factor) / (1 - 1 / factor) },
    ];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first.x === last.x) return null;
  const slope = (first.smooth - last.smooth) / (first.x - last.x);
  const intercept = first.smooth - slope * first.x;
  const high = 1 - 1 / intercept;
  const originalPositions = slope * (high - 1);
  const isSensible =
    intercept < 0 && slope > 0 && Number.isFinite(high) && Number.isFinite(originalPositions);
  return isSensible ? { factor, lowFrequencyFactor: 1, highFrequencyFactor: high, originalPositions } : null;
}

function explicitScaling(factors: Float32Array, metadata: GgufMetadata): JsonObject {
  return {
    rope_type: 'longrope',
    short_factor: [...factors],
    long_factor: [...factors],
    factor: 1,
    attention_factor: 1,
    original_max_position_embeddings: metadata.requiredCount('context_length'),
  };
}
