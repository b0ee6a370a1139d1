/**
 * Checks the binary table of a `Precompiled` normaliser before the native library meets it: that library walks the
 * table without bounds and ends the process where it leads outside.
 *
 * Layout: the size of the trie in bytes (u32), the trie (u32 units of a double array, as sentencepiece writes it), then
 * replacement texts in UTF-8, each ended by a zero byte.
 */

const hasLeaf = (unit: number): boolean => ((unit >>> 8) & 1) === 1;
const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
const labelOf = (unit: number): number => (unit & ((2 ** 31) | 0xff)) >>> 0;
const leafValue = (unit: number): number => unit & (2 ** 31 - 1);

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** Every position that a text can lead to lies inside, and so does every text that it names. */
function isTrieSound(trie: Uint32Array, texts: Uint8Array): boolean {
  const unitAt = (position: number): number => trie[position] as number;
  const isTextStart = (at: number): boolean => at <= texts.length && ((texts[at] ?? 0) & 0xc0) !== 0x80;
  const visited = new Uint8Array(trie.length);
  const pending = [offsetOf(unitAt(0))];
  for (let position = pending.pop(); position !== undefined; position = pending.pop()) {
    for (let byte = 1; byte < 256; byte++) {
      const child = (position ^ byte) >>> 0;
      if (child >= trie.length) return false;
      const unit = unitAt(child);
      if (labelOf(unit) !== byte || visited[child] === 1) continue;
      visited[child] = 1;
      const next = (child ^ offsetOf(unit)) >>> 0;
      if (hasLeaf(unit) && (next >= trie.length || !isTextStart(leafValue(unitAt(next))))) return false;
      pending.push(next);
    }
  }
  return true;
}

/** What is wrong with the table, or null. */
export function charsmapFault(base64: string): string | null {
  if (!isBase64(base64)) return 'is not base64';
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  if (bytes.length < 8) return 'is too short';
  const trieBytes = new DataView(bytes.buffer).getUint32(0, true);
  if (trieBytes < 4 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length)
    return 'has a table that is cut short';
  const trie = new Uint32Array(bytes.buffer.slice(4, 4 + trieBytes));
  const texts = bytes.subarray(4 + trieBytes);
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(texts);
  } catch {
    return 'has replacements that are not UTF-8';
  }
  return isTrieSound(trie, texts) ? null : 'has a table that leads outside itself';
}
