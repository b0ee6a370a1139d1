/** What a decoder is built from: the facts of `config.json`, under one spelling. */

export type Architecture = 'llama' | 'mistral' | 'qwen2' | 'qwen3' | 'gpt2';

export interface RopeConfig {
  /** Inverse frequency of each rotated pair, in radians per position: [rotaryDim / 2]. */
  readonly frequencies: Float32Array;
  /** Factor on cos and sin (yarn's attention factor), 1 elsewhere. */
  readonly attentionScaling: number;
}

export interface DecoderConfig {
  readonly architecture: Architecture;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly normEpsilon: number;
  readonly maxPositions: number;
  readonly tiedHead: boolean;
  readonly attentionBias: boolean;
  readonly attentionOutputBias: boolean;
  readonly mlpBias: boolean;
  readonly headNorm: boolean;
  /** Null where positions are learnt (GPT-2). */
  readonly rope: RopeConfig | null;
  /** Per layer: how many tokens a query sees, itself included; 0 for all. */
  readonly windows: readonly number[];
  /** Factor on q kᵀ. */
  readonly attentionScale: number;
}
