/** Models of the hub: which commit, which files, fetched into the cache once. */

import { join } from 'node:path';
import { readJsonObject } from '../formats/json-file.ts';
import { cachePaths } from './cache-paths.ts';
import { type CachedModel, findCached, openWorkshop, publish, type Workshop } from './cached-model.ts';
import type { Catalogue, HubEntry } from './catalogue.ts';
import { requireSpace } from './disk-space.ts';
import { HubClient } from './hub-client.ts';
import { type DownloadedFile, downloadFile } from './hub-download.ts';
import { offline, protocolError } from './hub-errors.ts';
import { chooseFiles, maxSmallBytes } from './hub-file-choice.ts';
import {
  type HubListing,
  type HubRevision,
  isCommit,
  listRepository,
  type RemoteFile,
} from './hub-repository.ts';
import { hubSettings } from './hub-settings.ts';
import { shardNames, weightIndex } from './model-folder.ts';
import { readRecord, writeRecord } from './small-json.ts';
import { type SourceContext, withLock } from './source-context.ts';
import type { SourceProgress } from './types.ts';

const maxWeightBytes = 2 ** 40;

/** What the cache has of it. Never asks the hub. */
export async function findHubModel(context: SourceContext, wanted: HubRevision): Promise<CachedModel | null> {
  const commit = isCommit(wanted.revision)
    ? wanted.revision
    : (await readRecord(revisionPath(context.home, wanted)))?.['commit'];
  return typeof commit === 'string' ? findCached(context.home, modelKey(wanted.repository, commit)) : null;
}

/**
 * Fetches it, or takes what another process has fetched meanwhile. Throws `HUB_…` errors, errors of the cache, or the
 * signal's reason.
 */
export async function fetchHubModel(
  context: SourceContext,
  wanted: HubRevision,
  announce: (fullName: string) => void,
): Promise<CachedModel> {
  const settings = hubSettings(context.environment);
  if (settings.isOffline) throw offline(`hf://${wanted.repository}`);
  const client = new HubClient({ settings, environment: context.environment, timing: context.timing });
  return withLock(context, repositoryKey(wanted.repository), async () => {
    const listing = await listingOf(context, client, wanted);
    const key = modelKey(wanted.repository, listing.commit);
    const fullName = hubFullName(context.catalogue, wanted.repository, listing.commit);
    const model =
      (await findCached(context.home, key)) ??
      (await fetchListing({
        context,
        client,
        key,
        fullName,
        repository: wanted.repository,
        listing,
        announce,
      }));
    if (wanted.revision !== listing.commit) {
      await writeRecord(revisionPath(context.home, wanted), { ...wanted, commit: listing.commit });
    }
    return model;
  });
}

/** The catalogue's name for a commit that it pins, else the hub's own. */
export function hubFullName(catalogue: Catalogue, repository: string, commit: string): string {
  for (const [name, { hub }] of catalogue) {
    if (hub !== null && isPinned(hub, repository, commit)) return `${name}@hub`;
  }
  return `hf://${repository}@${commit}`;
}

function isPinned(hub: HubEntry, repository: string, commit: string): boolean {
  return hub.revision === commit && hub.repository === repository;
}

/** What the catalogue pins is known without asking, and holds whatever the hub says. */
async function listingOf(
  context: SourceContext,
  client: HubClient,
  wanted: HubRevision,
): Promise<HubListing> {
  const listing = pinnedListing(context.catalogue, wanted.repository, wanted.revision);
  if (listing !== null) return listing;
  const told = await listRepository(client, wanted, context.signal);
  return pinnedListing(context.catalogue, wanted.repository, told.commit) ?? told;
}

function pinnedListing(catalogue: Catalogue, repository: string, commit: string): HubListing | null {
  for (const { hub } of catalogue.values()) {
    if (hub === null || !isPinned(hub, repository, commit)) continue;
    const files = hub.files.map(({ name, sizeBytes, sha256 }): RemoteFile => {
      return { name, sizeBytes, checksum: { algorithm: 'sha256', hex: sha256 } };
    });
    return { commit, files };
  }
  return null;
}

interface HubFetch {
  readonly context: SourceContext;
  readonly client: HubClient;
  readonly key: string;
  readonly fullName: string;
  readonly repository: string;
  readonly listing: HubListing;
  readonly announce: (fullName: string) => void;
}

async function fetchListing(fetch: HubFetch): Promise<CachedModel> {
  const { context, listing, repository } = fetch;
  const { small, weights } = chooseFiles(repository, listing);
  const workshop = await openWorkshop(context.home, fetch.key);
  const isIndexed = weights.form === 'index';
  const described = isIndexed ? [...small, weights.file] : small;
  const files = await downloadAll(fetch, workshop, { files: described, maxBytes: maxSmallBytes });
  const shards = isIndexed ? await shardsOf(fetch, workshop) : [weights.file];
  await requireSpace(workshop, shards);
  files.push(...(await downloadAll(fetch, workshop, { files: shards, maxBytes: maxWeightBytes })));
  const kind = weights.form === 'gguf' ? 'gguf' : 'huggingface-folder';
  const digested = ['config.json', ...shards.map(({ name }) => name)];
  const record = { fullName: fetch.fullName, kind, source: 'hub', files } as const;
  return publish(workshop, record, { home: context.home, key: fetch.key, digested });
}

async function downloadAll(
  fetch: HubFetch,
  workshop: Workshop,
  batch: { readonly files: readonly RemoteFile[]; readonly maxBytes: number },
): Promise<DownloadedFile[]> {
  const done: DownloadedFile[] = [];
  const onProgress = (progress: SourceProgress) => {
    // Only now is it sure that the hub answers.
    fetch.announce(fetch.fullName);
    fetch.context.onProgress(progress);
  };
  for (const file of batch.files) {
    const download = {
      client: fetch.client,
      repository: fetch.repository,
      commit: fetch.listing.commit,
      file,
      maxBytes: batch.maxBytes,
      partsFolder: workshop.parts,
      filesFolder: workshop.files,
      signal: fetch.context.signal,
      onProgress,
    };
    done.push(await downloadFile(download));
  }
  return done;
}

async function shardsOf(
  { repository, listing, context }: HubFetch,
  workshop: Workshop,
): Promise<RemoteFile[]> {
  const path = join(workshop.files, weightIndex);
  const names = shardNames(await readJsonObject(path, context.signal), path);
  return names.map((name) => {
    const file = listing.files.find((candidate) => candidate.name === name);
    if (file !== undefined) return file;
    throw protocolError(repository, 'its index names a file that it does not list', name);
  });
}

function repositoryKey(repository: string): string {
  return `hub--${repository.replace('/', '--')}`;
}

function modelKey(repository: string, commit: string): string {
  return `${repositoryKey(repository)}--${commit}`;
}

function revisionPath(home: string, { repository, revision }: HubRevision): string {
  const name = `${repositoryKey(repository)}--${encodeURIComponent(revision)}.json`;
  return join(cachePaths(home).revisions, name);
}
