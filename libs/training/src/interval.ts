/** Sums between two step events. */
export class Interval {
  tokens = 0;
  #loss = 0;
  #labelledTokens = 0;

  add(step: { readonly loss: number; readonly tokens: number; readonly labelledTokens: number }): void {
    this.#loss += step.loss;
    this.tokens += step.tokens;
    this.#labelledTokens += step.labelledTokens;
  }

  summary(): { readonly loss: number; readonly tokens: number; readonly labelledTokens: number } {
    const labelledTokens = this.#labelledTokens;
    return {
      loss: labelledTokens === 0 ? 0 : this.#loss / labelledTokens,
      tokens: this.tokens,
      labelledTokens,
    };
  }
}
