/**
 * Sentencepiece's BPE stores no merges, only scores: it joins the pair whose whole has the best score. The list of
 * merges that does the same is every cut of every token into two tokens, ordered by the score of the whole, then from
 * the longest left part and the longest right part on (the order in which Hugging Face writes them).
 */
export function sentencepieceMerges(
  tokens: readonly string[],
  scores: ArrayLike<number>,
): readonly (readonly [string, string])[] {
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const merges: { readonly left: string; readonly right: string; readonly score: number }[] = [];
  for (const [id, token] of tokens.entries()) {
    if (idOf.get(token) !== id) continue;
    const cuts = cutsOf(token, idOf).map(([left, right]) => ({ left, right, score: scores[id] as number }));
    merges.push(...cuts);
  }
  const length = (text: string): number => [...text].length;
  return merges
    .map((merge) => ({ ...merge, leftLength: length(merge.left), rightLength: length(merge.right) }))
    .sort((a, b) => b.score - a.score || b.leftLength - a.leftLength || b.rightLength - a.rightLength)
    .map(({ left, right }) => [left, right] as const);
}

function cutsOf(token: string, idOf: ReadonlyMap<string, number>): readonly (readonly [string, string])[] {
  const characters = [...token];
  const cuts: { readonly pair: readonly [string, string]; readonly ids: readonly [number, number] }[] = [];
  for (let at = 1; at < characters.length; at++) {
    const left = characters.slice(0, at).join('');
    const right = characters.slice(at).join('');
    const ids = [idOf.get(left), idOf.get(right)] as const;
    if (ids[0] !== undefined && ids[1] !== undefined)
      cuts.push({ pair: [left, right], ids: [ids[0], ids[1]] });
  }
  return cuts.sort((a, b) => a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1]).map(({ pair }) => pair);
}
