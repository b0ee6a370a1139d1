/** What shapes the result of a run; it goes on only under the same. */
import { createHash } from 'node:crypto';
import { WeftError } from '@weft/errors';
import type { OpenedAdapter } from '@weft/peft';
import { flagOf } from '../options/option-table.ts';

/** By option key. */
export type Fingerprint = Readonly<Record<string, unknown>>;

/** @throws WeftError `RESUME_MISMATCH` naming the first option that differs. */
export function requireSame(recorded: Fingerprint, present: Fingerprint): void {
  for (const key of new Set([...Object.keys(recorded), ...Object.keys(present)])) {
    const [before, now] = [recorded[key] ?? null, present[key] ?? null].map((value) => canonical(value));
    if (before === now) continue;
    throw new WeftError({
      code: 'RESUME_MISMATCH',
      kind: 'invalid',
      message: `the run was started with another ${flagOf(key)}: ${before}, now ${now}`,
      field: flagOf(key),
      value: now,
      remedy: `Give ${flagOf(key)} as before, or start anew with --overwrite.`,
    });
  }
}

/** JSON with sorted keys: files may have changed the order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** sha256 over names and values of an adapter that a run starts from. */
export function adapterDigest({ values }: OpenedAdapter): string {
  const hash = createHash('sha256');
  for (const [name, numbers] of [...values].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name}\0`).update(numbers);
  return hash.digest('hex');
}
