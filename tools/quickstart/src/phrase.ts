import type { SeededRandom } from './seeded-random.ts';

/** Openings that already address someone: "I need to show me ..." would not be English. */
const addressesReader = /^(show|give) me /;

const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Dresses a bare imperative or question the way people type: polite, hurried, or as a full sentence. */
export function phrase(bare: string, random: SeededRandom): string {
  const dice = random.next();
  if (bare.endsWith('?')) return dice < 0.75 ? capitalise(bare) : bare.slice(0, -1);
  if (dice < 0.4) return `${capitalise(bare)}.`;
  if (dice < 0.6) return bare;
  if (dice < 0.75) return `Please ${bare}.`;
  if (dice < 0.87) return `Can you ${bare}?`;
  if (addressesReader.test(bare)) return `${capitalise(bare)}, please.`;
  return dice < 0.94 ? `I need to ${bare}.` : `How do I ${bare}?`;
}
