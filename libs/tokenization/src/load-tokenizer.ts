import { ChatTemplate } from './chat/chat-template.ts';
import { createDecoder } from './decoder.ts';
import { Encoder } from './encoder.ts';
import { type EffectiveTokenizer, effectiveTokenizer } from './files/effective-tokenizer.ts';
import { readEndIds } from './files/end-tokens.ts';
import { isObject, type JsonObject } from './files/json-object.ts';
import { readTokenizerFolder } from './files/read-folder.ts';
import { readChatTemplates } from './files/read-templates.ts';
import { readSettings, type SpecialRole, type TokenizerSettings } from './files/special-tokens.ts';
import { fileNames, type TokenizerFiles, templateFile } from './files/tokenizer-files.ts';
import { parseTokenizerJson } from './files/tokenizer-json.ts';
import { type GgufTokenizerMetadata, ggufTokenizerFiles } from './gguf/gguf-tokenizer.ts';
import { LoadedTokenizer, type Tokenizer } from './tokenizer.ts';

export type TokenizerSource =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'gguf'; readonly path: string; readonly metadata: GgufTokenizerMetadata }
  | { readonly kind: 'files'; readonly files: TokenizerFiles };

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
}

async function filesOf(source: TokenizerSource, signal?: AbortSignal): Promise<TokenizerFiles> {
  switch (source.kind) {
    case 'folder':
      return readTokenizerFolder(source.path, signal);
    case 'gguf':
      return ggufTokenizerFiles(source.metadata, source.path);
    case 'files':
      return source.files;
  }
}

function decoderKind({ decoder }: JsonObject): 'byte-level' | 'byte-fallback' | 'other' {
  if (!isObject(decoder)) return 'other';
  if (decoder['type'] === 'ByteLevel') return 'byte-level';
  return JSON.stringify(decoder).includes('"ByteFallback"') ? 'byte-fallback' : 'other';
}

function writtenFiles(
  files: TokenizerFiles,
  templates: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const written = new Map([[fileNames.tokenizerJson as string, files.tokenizerJson]]);
  const add = (name: string, text: string | undefined) => text !== undefined && written.set(name, text);
  add(fileNames.tokenizerConfig, files.tokenizerConfig);
  add(fileNames.specialTokensMap, files.specialTokensMap);
  add(fileNames.generationConfig, files.generationConfig);
  if (files.chatTemplates !== undefined && files.chatTemplates.size > 0) {
    for (const [name, text] of templates) add(templateFile(name), text);
  }
  return written;
}

function specialTexts({ special }: TokenizerSettings): Readonly<Record<string, string>> {
  return Object.fromEntries([...special].map(([role, { content }]) => [role, content]));
}

function idsOf(settings: TokenizerSettings, { idOf }: EffectiveTokenizer, endIds: readonly number[]) {
  const id = (role: SpecialRole): number | null => {
    const content = settings.special.get(role)?.content;
    return content === undefined ? null : (idOf.get(content) ?? null);
  };
  const eosId = id('eos_token');
  return {
    bosId: id('bos_token'),
    eosId,
    eosIds: [...new Set([...(eosId === null ? [] : [eosId]), ...endIds])],
    padId: id('pad_token'),
    unkId: id('unk_token'),
  };
}

/**
 * Loads a tokenizer from a Hugging Face folder, from the metadata of a GGUF file, or from texts in memory. Its encoding
 * runs in a thread of its own, which does not keep the process alive.
 * Throws WeftError with file and field for missing, oversized or malformed files, and for GGUF vocabularies of a kind
 * that is not supported.
 */
export async function loadTokenizer(
  source: TokenizerSource,
  { signal }: LoadOptions = {},
): Promise<Tokenizer> {
  const files = await filesOf(source, signal);
  const checked = parseTokenizerJson(files.tokenizerJson);
  const settings = readSettings(files);
  const effective = effectiveTokenizer(checked, settings);
  const templates = readChatTemplates(files);
  const ids = idsOf(settings, effective, readEndIds(files));
  signal?.throwIfAborted();
  const encoder = await Encoder.start({ json: effective.json, place: files.place }, signal);
  try {
    const decode = await createDecoder(checked.raw);
    return new LoadedTokenizer({
      ...ids,
      place: files.place,
      tokens: effective.tokens,
      specialIds: effective.specialIds,
      idOf: effective.idOf,
      encoder,
      decode,
      decoderKind: decoderKind(checked.raw),
      chat: new ChatTemplate({ place: files.place, templates, specialTokens: specialTexts(settings) }),
      files: writtenFiles(
        source.kind === 'gguf' ? { ...files, tokenizerJson: effective.json } : files,
        templates,
      ),
    });
  } catch (error) {
    encoder.close();
    throw error;
  }
}
