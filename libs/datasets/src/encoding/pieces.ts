/** A stretch of tokens that is labelled as a whole or not at all. */
export interface Piece {
  readonly ids: ArrayLike<number>;
  readonly isLabelled: boolean;
}

/** The label of a token that carries no loss, as everywhere in Hugging Face's libraries. */
export const unlabelled = -100;

export interface JoinedPieces {
  /** [tokens] */
  readonly ids: Int32Array;
  /** [tokens], the id itself or -100. */
  readonly labels: Int32Array;
  readonly labelledTokens: number;
  /** Whether tokens were lost at the end. */
  readonly isCut: boolean;
  /** Labelled tokens before the cut. */
  readonly labelledBeforeCut: number;
}

/**
 * Lays the pieces end to end and keeps the first `maxLength` tokens. The first token is never labelled: nothing stands
 * before it from which it could be predicted.
 */
export function joinPieces(pieces: readonly Piece[], maxLength: number): JoinedPieces {
  const total = pieces.reduce((sum, piece) => sum + piece.ids.length, 0);
  const ids = new Int32Array(Math.min(total, maxLength));
  const labels = new Int32Array(ids.length).fill(unlabelled);
  let at = 0;
  let labelledTokens = 0;
  let labelledBeforeCut = 0;
  for (const piece of pieces) {
    for (let index = 0; index < piece.ids.length; index++, at++) {
      const counts = piece.isLabelled && at > 0;
      if (counts) labelledBeforeCut++;
      if (at >= ids.length) continue;
      const id = piece.ids[index] as number;
      ids[at] = id;
      if (!counts) continue;
      labels[at] = id;
      labelledTokens++;
    }
  }
  return { ids, labels, labelledTokens, isCut: total > ids.length, labelledBeforeCut };
}
