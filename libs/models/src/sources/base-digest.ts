/**
 * The base digest: which weights a model is, wherever it lies. One line a file,
 *
 *     <sha256 of the file, hexadecimal> <size in bytes, decimal> <file name>\n
 *
 * for each weight file and `config.json` (for a GGUF: that one file); the lines are sorted as bytes, joined, and
 * their sha256 in hexadecimal is the digest.
 */

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type FileDigest, fileDigest } from './digest-cache.ts';
import { digestedFiles } from './model-folder.ts';
import type { CacheOptions } from './types.ts';

export interface NamedDigest extends FileDigest {
  readonly name: string;
}

export function digestOfFiles(files: readonly NamedDigest[]): string {
  const lines = files.map(({ sha256, sizeBytes, name }) => `${sha256} ${sizeBytes} ${name}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}

/**
 * The base digest of the model at an absolute path: a Hugging Face folder or a GGUF file. Throws
 * `MODEL_FOLDER_INCOMPLETE`, or an error of a file.
 */
export async function modelDigest(path: string, options: CacheOptions): Promise<string> {
  const files: NamedDigest[] = [];
  for (const file of await digestedFiles(path, options.signal)) {
    files.push({ name: basename(file), ...(await fileDigest(file, options)) });
  }
  return digestOfFiles(files);
}
