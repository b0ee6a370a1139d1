/** Lays rows end to end for a run of a loss Program: no padding, and only labelled rows reach the head. */

/** Rows as the data sets library stores them. */
export interface RowSource {
  readonly rowCount: number;
  readonly ids: Int32Array;
  /** 1 where the token is labelled. */
  readonly isLabelled: Uint8Array;
  readonly starts: Float64Array;
}

export interface PackedRun {
  /** Rows of the source in this run. */
  readonly rows: readonly number[];
  readonly tokens: number;
  readonly labels: number;
}

/** Splits rows, in order, into runs of at most `tokenBudget` tokens; a longer row has a run of its own. */
export function splitIntoRuns(
  source: RowSource,
  rows: Iterable<number>,
  tokenBudget: number,
): readonly PackedRun[] {
  const runs: PackedRun[] = [];
  let current: number[] = [];
  let tokens = 0;
  let labels = 0;
  const close = (): void => {
    if (current.length > 0) runs.push({ rows: current, tokens, labels });
    [current, tokens, labels] = [[], 0, 0];
  };
  for (const row of rows) {
    const length = rowLength(source, row);
    if (tokens + length > tokenBudget) close();
    current.push(row);
    tokens += length;
    labels += labelledTokens(source, row);
  }
  close();
  return runs;
}

export function rowLength(source: RowSource, row: number): number {
  return (source.starts[row + 1] ?? 0) - (source.starts[row] ?? 0);
}

/** Labelled tokens that have a token before them, which predicts them. */
export function labelledTokens(source: RowSource, row: number): number {
  let count = 0;
  const end = source.starts[row + 1] ?? 0;
  for (let token = (source.starts[row] ?? 0) + 1; token < end; token++)
    count += source.isLabelled[token] ?? 0;
  return count;
}

export function longestRow(source: RowSource): number {
  let longest = 0;
  for (let row = 0; row < source.rowCount; row++) longest = Math.max(longest, rowLength(source, row));
  return longest;
}

/** The inputs of a loss Program, allocated once for the largest run. */
export class RunInputs {
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  readonly sequenceStarts: Int32Array;
  readonly labelRows: Int32Array;
  readonly targets: Int32Array;
  readonly logProbabilities: Float32Array;
  readonly lossScale = new Float32Array(1);
  readonly #firstPosition: number;

  /** @param firstPosition the position of a row's first token: the number of virtual tokens before it. */
  constructor(tokenBudget: number, firstPosition: number) {
    this.ids = new Int32Array(tokenBudget);
    this.positions = new Int32Array(tokenBudget);
    this.sequenceStarts = new Int32Array(tokenBudget + 1);
    this.labelRows = new Int32Array(tokenBudget);
    this.targets = new Int32Array(tokenBudget);
    this.logProbabilities = new Float32Array(tokenBudget);
    this.#firstPosition = firstPosition;
  }

  /** Writes one run; gives the sizes to bind. The logit of row `labelRows[i]` is to predict `targets[i]`. */
  fill(source: RowSource, run: PackedRun): Readonly<Record<string, number>> {
    let token = 0;
    let label = 0;
    run.rows.forEach((row, sequence) => {
      this.sequenceStarts[sequence] = token;
      const start = source.starts[row] ?? 0;
      const length = rowLength(source, row);
      for (let at = 0; at < length; at++, token++) {
        this.ids[token] = source.ids[start + at] ?? 0;
        this.positions[token] = this.#firstPosition + at;
        if (at === 0 || source.isLabelled[start + at] !== 1) continue;
        this.labelRows[label] = token - 1;
        this.targets[label++] = source.ids[start + at] ?? 0;
      }
    });
    this.sequenceStarts[run.rows.length] = token;
    return { tokens: token, labels: label, sequences: run.rows.length, sequenceBounds: run.rows.length + 1 };
  }
}

/** The largest sizes of a run, for `compile`. */
export function runCapacity(tokenBudget: number): Readonly<Record<string, number>> {
  return {
    tokens: tokenBudget,
    labels: tokenBudget,
    sequences: tokenBudget,
    sequenceBounds: tokenBudget + 1,
  };
}
