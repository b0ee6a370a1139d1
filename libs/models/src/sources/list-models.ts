/** What `weft model list` shows. */

import { type CachedModel, cachedModels } from './cached-model.ts';
import { builtInCatalogue, type Catalogue } from './catalogue.ts';
import { boundSource } from './short-name.ts';
import type { ModelKind } from './types.ts';

export interface ListedModel {
  readonly fullName: string;
  /** The bare short name that stands for it here, if one does. */
  readonly shortName: string | null;
  readonly kind: ModelKind;
  readonly source: 'hub' | 'pypi';
  /** Null where it is known, but not in the cache. */
  readonly path: string | null;
  readonly sizeBytes: number;
  readonly digest: string;
}

/** The models of the cache, then those of the catalogue that it lacks. */
export async function listModels(options: {
  readonly home: string;
  readonly catalogue?: Catalogue;
}): Promise<readonly ListedModel[]> {
  const catalogue = options.catalogue ?? builtInCatalogue;
  const shortNames = await boundNames(options.home, catalogue);
  const cached = (await cachedModels(options.home)).map((model) => listed(model, shortNames));
  const present = new Set(cached.map(({ fullName }) => fullName));
  const missing = catalogueModels(catalogue).filter(({ fullName }) => !present.has(fullName));
  return [...cached, ...missing];
}

function listed(model: CachedModel, shortNames: ReadonlyMap<string, string>): ListedModel {
  return {
    fullName: model.fullName,
    shortName: shortNames.get(model.fullName) ?? null,
    kind: model.kind,
    source: model.source,
    path: model.path,
    sizeBytes: sum(model.files),
    digest: model.digest,
  };
}

function catalogueModels(catalogue: Catalogue): readonly ListedModel[] {
  const models: ListedModel[] = [];
  for (const [name, { hub, pypi }] of catalogue) {
    const common = { shortName: null, path: null };
    if (hub !== null) {
      const what = { fullName: `${name}@hub`, kind: 'huggingface-folder', source: 'hub' } as const;
      models.push({ ...common, ...what, sizeBytes: sum(hub.files), digest: hub.digest });
    }
    if (pypi !== null) {
      const what = { fullName: `${name}@pypi`, kind: 'gguf', source: 'pypi' } as const;
      models.push({ ...common, ...what, sizeBytes: pypi.file.sizeBytes, digest: pypi.digest });
    }
  }
  return models;
}

/** Full name → short name. */
async function boundNames(home: string, catalogue: Catalogue): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const shortName of catalogue.keys()) {
    const source = await boundSource(home, shortName);
    if (source !== null) names.set(`${shortName}@${source}`, shortName);
  }
  return names;
}

function sum(files: readonly { readonly sizeBytes: number }[]): number {
  return files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}
