/**
 * Faults of a `tokenizer.json` that the native library meets with a panic, which ends the process, instead of an error.
 * Each check is about one place in it; found by changing every field of tokenizers of all kinds.
 */

import { malformed, shown } from '../errors.ts';
import { charsmapFault } from './charsmap.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { fileNames } from './tokenizer-files.ts';

const file = fileNames.tokenizerJson;

function checkPrecompiled(part: JsonObject, field: string): void {
  const charsmap = part['precompiled_charsmap'];
  const place = `${field}.precompiled_charsmap`;
  if (typeof charsmap !== 'string') throw malformed(file, place, `must be a text, not ${shown(charsmap)}`);
  const fault = charsmapFault(charsmap);
  if (fault !== null) throw malformed(file, place, fault);
}

function checkTemplate(part: JsonObject, field: string): void {
  const known = part['special_tokens'] ?? {};
  if (!isObject(known))
    throw malformed(file, `${field}.special_tokens`, `must be an object, not ${shown(known)}`);
  for (const key of ['single', 'pair']) {
    const pieces = part[key];
    if (!Array.isArray(pieces)) continue;
    for (const [index, piece] of pieces.entries()) {
      const token = isObject(piece) ? piece['SpecialToken'] : undefined;
      const id = isObject(token) ? token['id'] : undefined;
      if (typeof id !== 'string' || Object.hasOwn(known, id)) continue;
      const place = `${field}.${key}[${index}]`;
      throw malformed(file, place, `names the token ${shown(id)}, which special_tokens lacks`);
    }
  }
}

/** Checks one normaliser, pre-tokenizer, post-processor or decoder. Throws `TOKENIZER_MALFORMED`. */
export function checkPartHazards(part: JsonObject, field: string): void {
  if (part['type'] === 'Precompiled') checkPrecompiled(part, field);
  if (part['type'] === 'TemplateProcessing') checkTemplate(part, field);
}

/** A merge's right part loses the prefix of continued words, so it must have it. Throws `TOKENIZER_MALFORMED`. */
export function checkModelHazards({ continuing_subword_prefix: prefix, merges }: JsonObject): void {
  if (typeof prefix !== 'string' || prefix === '' || !Array.isArray(merges)) return;
  for (const [index, merge] of merges.entries()) {
    const right: unknown = Array.isArray(merge) ? merge[1] : String(merge).split(' ')[1];
    if (typeof right === 'string' && right.startsWith(prefix)) continue;
    throw malformed(
      file,
      `model.merges[${index}]`,
      `must continue a word with ${shown(prefix)}, not ${shown(merge)}`,
    );
  }
}
