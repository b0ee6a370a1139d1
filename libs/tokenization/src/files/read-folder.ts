import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '@weft/errors';
import { invalid } from '../errors.ts';
import { fileNames, type TokenizerFiles, templateFile } from './tokenizer-files.ts';

/** The largest vocabularies in use make files of 35 MB. */
const maxTokenizerBytes = 256 * 2 ** 20;
const maxConfigBytes = 16 * 2 ** 20;
const maxNamedTemplates = 64;

type ErrnoError = Error & { readonly code?: string };

function readFault(path: string, error: unknown): WeftError {
  const { code = 'unknown', message }: ErrnoError = error instanceof Error ? error : new Error(String(error));
  return new WeftError({
    code: 'TOKENIZER_UNREADABLE',
    kind: code === 'EACCES' || code === 'EISDIR' || code === 'ENOTDIR' ? 'invalid' : 'machine',
    message: `${path} cannot be read: ${message}`,
    field: path,
    remedy: 'Check the path and the permissions of the file.',
    cause: error,
  });
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && (error as ErrnoError).code === 'ENOENT';

/** The text of a file, undefined where there is none. */
async function readText(path: string, maxBytes: number, signal?: AbortSignal): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) {
      throw invalid({
        code: 'TOKENIZER_TOO_LARGE',
        message: `${path} has ${size} bytes; at most ${maxBytes} are read`,
        field: path,
        value: size,
        remedy: 'Check that this is the file of a tokenizer.',
      });
    }
    const bytes = await readFile(path, signal === undefined ? {} : { signal });
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof WeftError || signal?.aborted === true) throw error;
    if (error instanceof TypeError) {
      throw invalid({
        code: 'TOKENIZER_MALFORMED',
        message: `${path} is not UTF-8 text`,
        field: path,
        remedy: 'Take the file again from where the model comes from.',
        cause: error,
      });
    }
    throw readFault(path, error);
  }
}

async function readTemplates(folder: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const templates = new Map<string, string>();
  const main = await readText(join(folder, templateFile('default')), maxConfigBytes, signal);
  if (main !== undefined) templates.set('default', main);
  const names = await readdir(join(folder, 'chat_templates')).catch(() => []);
  for (const file of names.filter((name) => name.endsWith('.jinja')).slice(0, maxNamedTemplates)) {
    const text = await readText(join(folder, 'chat_templates', file), maxConfigBytes, signal);
    if (text !== undefined) templates.set(file.slice(0, -'.jinja'.length), text);
  }
  return templates;
}

function missing(folder: string): WeftError {
  return invalid({
    code: 'TOKENIZER_MISSING',
    message: `${folder} has no ${fileNames.tokenizerJson}`,
    field: join(folder, fileNames.tokenizerJson),
    remedy:
      "Save the tokenizer once with transformers' AutoTokenizer.from_pretrained(…).save_pretrained(…), " +
      'which writes the file from any older form.',
  });
}

/** Reads the files of a tokenizer. Throws WeftError where `tokenizer.json` is missing, too large or unreadable. */
export async function readTokenizerFolder(folder: string, signal?: AbortSignal): Promise<TokenizerFiles> {
  const read = (name: string, maxBytes: number) => readText(join(folder, name), maxBytes, signal);
  const tokenizerJson = await read(fileNames.tokenizerJson, maxTokenizerBytes);
  if (tokenizerJson === undefined) throw missing(folder);
  return {
    place: folder,
    tokenizerJson,
    tokenizerConfig: await read(fileNames.tokenizerConfig, maxConfigBytes),
    specialTokensMap: await read(fileNames.specialTokensMap, maxConfigBytes),
    generationConfig: await read(fileNames.generationConfig, maxConfigBytes),
    modelConfig: await read(fileNames.modelConfig, maxConfigBytes),
    chatTemplates: await readTemplates(folder, signal),
  };
}
