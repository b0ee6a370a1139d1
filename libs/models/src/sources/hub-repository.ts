/** What a repository of the hub holds at a revision. */

import type { IncomingMessage } from 'node:http';
import type { Checksum } from './content-hash.ts';
import type { HubClient } from './hub-client.ts';
import { protocolError, unreachable } from './hub-errors.ts';
import { isRecord, type JsonRecord, parseRecord } from './small-json.ts';

/** A file of the hub; what its listing does not tell is null and comes with the file. */
export interface RemoteFile {
  readonly name: string;
  readonly sizeBytes: number | null;
  readonly checksum: Checksum | null;
}

export interface HubListing {
  /** 40 hexadecimal digits. */
  readonly commit: string;
  readonly files: readonly RemoteFile[];
}

export interface HubRevision {
  /** `owner/name`. */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

/** A commit never stands for anything else later, unlike a branch or a tag. */
export function isCommit(revision: string): boolean {
  return sha1Hex.test(revision);
}

const maxListingBytes = 32 << 20;
const sha256Hex = /^[0-9a-f]{64}$/;
const sha1Hex = /^[0-9a-f]{40}$/;

/** Throws `HUB_…` errors, or the signal's reason. */
export async function listRepository(
  client: HubClient,
  { repository, revision }: HubRevision,
  signal: AbortSignal,
): Promise<HubListing> {
  const path = `api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const subject = revision === 'main' ? repository : `${repository} @${revision}`;
  const { response } = await client.ask(path, { subject, signal });
  const listing = parseRecord(
    await readText(response, { subject, signal, host: client.settings.endpoint.host }),
  );
  const commit = listing?.['sha'];
  const siblings = listing?.['siblings'];
  if (typeof commit !== 'string' || !isCommit(commit) || !Array.isArray(siblings)) {
    throw protocolError(subject, 'it lists no commit and files');
  }
  return { commit, files: siblings.filter(isRecord).flatMap(remoteFile) };
}

function remoteFile(sibling: JsonRecord): readonly RemoteFile[] {
  const name = sibling['rfilename'];
  if (typeof name !== 'string') return [];
  const size = sibling['size'];
  const sizeBytes = Number.isSafeInteger(size) && Number(size) >= 0 ? Number(size) : null;
  return [{ name, sizeBytes, checksum: checksumOf(sibling) }];
}

function checksumOf(sibling: JsonRecord): Checksum | null {
  const lfs = sibling['lfs'];
  if (isRecord(lfs)) return parseChecksum(lfs['sha256'] ?? lfs['oid']);
  return parseChecksum(sibling['blobId']);
}

/** 64 digits are a sha256, 40 are git's id. */
export function parseChecksum(value: unknown): Checksum | null {
  if (typeof value !== 'string') return null;
  if (sha256Hex.test(value)) return { algorithm: 'sha256', hex: value };
  return sha1Hex.test(value) ? { algorithm: 'git-sha1', hex: value } : null;
}

interface ReadOptions {
  readonly subject: string;
  readonly host: string;
  readonly signal: AbortSignal;
}

async function readText(response: IncomingMessage, options: ReadOptions): Promise<string> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of response) {
      const bytes = Buffer.from(piece);
      sizeBytes += bytes.byteLength;
      if (sizeBytes > maxListingBytes) break;
      pieces.push(bytes);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    throw unreachable(options.host, 'the answer was cut', error);
  }
  if (sizeBytes <= maxListingBytes) return Buffer.concat(pieces).toString('utf8');
  throw protocolError(options.subject, `the listing has more than ${maxListingBytes} bytes`);
}
