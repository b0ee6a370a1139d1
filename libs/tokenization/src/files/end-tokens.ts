import { malformed, shown } from '../errors.ts';
import { isTokenId, parseObject } from './json-object.ts';
import { fileNames, type TokenizerFiles } from './tokenizer-files.ts';

function readIds(name: string, text: string): readonly number[] {
  const value = parseObject(name, text)['eos_token_id'];
  if (value === undefined || value === null) return [];
  const ids: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (ids.every(isTokenId)) return ids;
  throw malformed(name, 'eos_token_id', `must be a token id or a list of them, not ${shown(value)}`);
}

/**
 * The ids at which generation ends, besides the tokenizer's own: those of `generation_config.json`, or of the model's
 * `config.json` where there is none.
 */
export function readEndIds(files: TokenizerFiles): readonly number[] {
  if (files.generationConfig !== undefined)
    return readIds(fileNames.generationConfig, files.generationConfig);
  return files.modelConfig === undefined ? [] : readIds(fileNames.modelConfig, files.modelConfig);
}
