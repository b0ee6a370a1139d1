/** How the next token is chosen. */
export interface SamplingOptions {
  /** 0: always the most likely token. */
  readonly temperature: number;
  /** Only the so many most likely; 0 for all. */
  readonly topK: number;
  /** Only the most likely whose probabilities reach this sum; 1 for all. */
  readonly topP: number;
  /** Only tokens at least this fraction as likely as the most likely; 0 for all. */
  readonly minP: number;
  /** Above 1, tokens that occurred become less likely (Keskar et al. 2019, section 4.1); 1 for off. */
  readonly repetitionPenalty: number;
  readonly seed: number;
}

export const greedy: SamplingOptions = {
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  seed: 42,
};
