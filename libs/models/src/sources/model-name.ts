/** What a user may call a model. */

import { isAbsolute, resolve } from 'node:path';
import { WeftError } from '@weft/errors';
import type { Catalogue, CatalogueEntry } from './catalogue.ts';

export type ModelName =
  | {
      readonly form: 'short';
      readonly shortName: string;
      readonly entry: CatalogueEntry;
      /** Null where the name leaves it open. */
      readonly source: 'hub' | 'pypi' | null;
    }
  | { readonly form: 'hub'; readonly repository: string; readonly revision: string }
  | { readonly form: 'path'; readonly path: string };

const hubPattern = /^([A-Za-z0-9][\w.-]{0,95})\/([A-Za-z0-9][\w.-]{0,95})(?:@([\w][\w./-]{0,99}))?$/;

/**
 * Reads `short-name[@hub|@pypi]`, `hf://owner/name[@revision]`, or a path, which has a slash, begins with a dot or
 * ends in `.gguf`. Looks at no disk. Throws `MODEL_UNKNOWN` or `MODEL_NAME_MALFORMED`.
 */
export function parseModelName(name: string, catalogue: Catalogue, workingDirectory: string): ModelName {
  if (name.startsWith('hf://')) return parseHubName(name);
  if (isPath(name)) return { form: 'path', path: resolve(workingDirectory, name) };
  const [shortName = '', source, ...more] = name.split('@');
  const entry = catalogue.get(shortName);
  if (entry === undefined) throw unknown(name, catalogue);
  if (source === undefined) return { form: 'short', shortName, entry, source: null };
  const isKnown = (source === 'hub' || source === 'pypi') && entry[source] !== null && more.length === 0;
  if (!isKnown) throw unknown(name, catalogue);
  return { form: 'short', shortName, entry, source };
}

function isPath(name: string): boolean {
  const looksLikeOne = /[/\\]/.test(name) || name.startsWith('.') || name.toLowerCase().endsWith('.gguf');
  return name !== '' && (looksLikeOne || isAbsolute(name));
}

function parseHubName(name: string): ModelName {
  const [, owner, model, revision = 'main'] = hubPattern.exec(name.slice('hf://'.length)) ?? [];
  const isConfined = !/--|\.\./.test(name);
  if (owner !== undefined && model !== undefined && isConfined) {
    return { form: 'hub', repository: `${owner}/${model}`, revision };
  }
  throw new WeftError({
    code: 'MODEL_NAME_MALFORMED',
    kind: 'invalid',
    message: `${name} is no name of a hub repository`,
    field: '--model',
    value: name,
    remedy: 'Write hf://owner/name, or hf://owner/name@revision.',
  });
}

/** Every name that needs no path and no owner. */
export function knownNames(catalogue: Catalogue): readonly string[] {
  return [...catalogue].flatMap(([name, { hub, pypi }]) => [
    name,
    ...(hub === null ? [] : [`${name}@hub`]),
    ...(pypi === null ? [] : [`${name}@pypi`]),
  ]);
}

function unknown(name: string, catalogue: Catalogue): WeftError {
  return new WeftError({
    code: 'MODEL_UNKNOWN',
    kind: 'invalid',
    message: `There is no model named ${JSON.stringify(name)}; known names: ${knownNames(catalogue).join(', ')}`,
    field: '--model',
    value: name,
    remedy: 'Use one of these, hf://owner/name, a folder such as ./name, or a .gguf file.',
  });
}
