/** Which files of a repository make a model: configuration, tokenizer, safetensors. Never a pickle. */

import { WeftError } from '@weft/errors';
import type { HubListing, RemoteFile } from './hub-repository.ts';
import { weightIndex, wholeWeights } from './model-folder.ts';

export interface FileChoice {
  readonly small: readonly RemoteFile[];
  /** `index`: the weights are the files that this one names, to be read first. */
  readonly weights:
    | { readonly form: 'whole'; readonly file: RemoteFile }
    | { readonly form: 'index'; readonly file: RemoteFile }
    | { readonly form: 'gguf'; readonly file: RemoteFile };
}

const wanted = [
  /^config\.json$/,
  /^generation_config\.json$/,
  /^tokenizer[\w.-]*\.json$/,
  /^special_tokens_map\.json$/,
  /^added_tokens\.json$/,
  /^chat_template\.(json|jinja)$/,
];
/** Only where there is no `tokenizer.json`, which holds the same. */
const vocabulary = [/^vocab\.json$/, /^merges\.txt$/];
export const maxSmallBytes = 256 << 20;

/** Throws `HUB_NO_WEIGHTS`, `HUB_AMBIGUOUS`, `HUB_NO_CONFIG` or `HUB_FILE_TOO_LARGE`. */
export function chooseFiles(repository: string, listing: HubListing): FileChoice {
  const weights = chooseWeights(repository, listing.files);
  if (weights.form === 'gguf') return { small: [], weights };
  if (find(listing.files, 'config.json') === undefined)
    throw refuse('HUB_NO_CONFIG', repository, 'config.json');
  const patterns = find(listing.files, 'tokenizer.json') === undefined ? [...wanted, ...vocabulary] : wanted;
  const small = listing.files.filter(({ name }) => patterns.some((pattern) => pattern.test(name)));
  for (const file of small) refuseLarge(repository, file);
  return { small, weights };
}

function chooseWeights(repository: string, files: readonly RemoteFile[]): FileChoice['weights'] {
  const whole = find(files, wholeWeights);
  if (whole !== undefined) return { form: 'whole', file: whole };
  const index = find(files, weightIndex);
  if (index !== undefined) {
    refuseLarge(repository, index);
    return { form: 'index', file: index };
  }
  const ggufs = files.filter(({ name }) => /^\w[\w.+-]*\.gguf$/i.test(name));
  const [gguf] = ggufs;
  if (gguf === undefined) throw refuse('HUB_NO_WEIGHTS', repository, 'safetensors weights');
  if (ggufs.length === 1) return { form: 'gguf', file: gguf };
  throw new WeftError({
    code: 'HUB_AMBIGUOUS',
    kind: 'invalid',
    message: `${repository} holds ${ggufs.length} GGUF files and no safetensors`,
    field: '--model',
    value: repository,
    remedy: 'Download the one you want and name its path.',
  });
}

function find(files: readonly RemoteFile[], name: string): RemoteFile | undefined {
  return files.find((file) => file.name === name);
}

function refuse(code: string, repository: string, missing: string): WeftError {
  return new WeftError({
    code,
    kind: 'invalid',
    message: `${repository} holds no ${missing}`,
    field: '--model',
    value: repository,
    remedy: 'Name a repository of a transformers model with safetensors; pickled weights are never loaded.',
  });
}

function refuseLarge(repository: string, { name, sizeBytes }: RemoteFile): void {
  if (sizeBytes === null || sizeBytes <= maxSmallBytes) return;
  throw new WeftError({
    code: 'HUB_FILE_TOO_LARGE',
    kind: 'invalid',
    message: `${name} of ${repository} has ${sizeBytes} bytes, more than ${maxSmallBytes}`,
    field: name,
    value: sizeBytes,
    remedy: 'Name another repository; no configuration or tokenizer is that large.',
  });
}
