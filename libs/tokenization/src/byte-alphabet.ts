/**
 * The alphabet of byte-level vocabularies (GPT-2): each byte is one visible character, itself where it is printable in
 * Latin-1, else one from U+0100 on.
 */

const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

function makeAlphabet(): readonly string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++));
}

/** The character of each byte. */
export const byteAlphabet: readonly string[] = makeAlphabet();

const byteOf: ReadonlyMap<string, number> = new Map(byteAlphabet.map((character, byte) => [character, byte]));

/** The bytes of a token; one that does not keep to the alphabet (an added token) stands for its own UTF-8. */
export function bytesOfToken(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = byteOf.get(character);
    if (byte === undefined) return new TextEncoder().encode(token);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
