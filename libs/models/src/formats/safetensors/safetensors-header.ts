/**
 * Reads the header of a safetensors file: eight bytes of length (little-endian), that many bytes of JSON, then the
 * values end to end. Nothing in it is trusted: every length, shape and offset is checked against the file.
 */

import { malformed, shorten } from '../file-errors.ts';
import { RandomAccessFile } from '../random-access-file.ts';
import { parseStrictJson, type StrictJson } from '../strict-json.ts';
import { plainDTypeFromName, sizeBytesOf, type TensorEntry } from '../tensor-entry.ts';

export interface SafetensorsHeader {
  readonly path: string;
  /** By name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The limit of the format's reference implementation. */
export const maxHeaderBytes = 100_000_000;

const lengthBytes = 8;
const maxTensors = 250_000;
const maxDimensions = 8;
const maxNameLength = 1024;
const code = 'SAFETENSORS_MALFORMED';

/**
 * Reads the header alone. Throws `SAFETENSORS_MALFORMED` (the tensor in `field`), `SAFETENSORS_DTYPE_UNKNOWN` or an
 * error of the file.
 */
export async function readSafetensorsHeader(path: string, signal: AbortSignal): Promise<SafetensorsHeader> {
  await using file = await RandomAccessFile.open(path);
  if (file.sizeBytes < lengthBytes) throw malformed(code, `${path} is too short for a safetensors file`);
  const prefix = Buffer.alloc(lengthBytes);
  await file.readInto(prefix, 0, signal);
  const headerBytes = prefix.readBigUInt64LE();
  if (headerBytes > maxHeaderBytes || headerBytes > file.sizeBytes - lengthBytes) {
    throw malformed(
      code,
      `${path} names a header of ${headerBytes} bytes; the file has ${file.sizeBytes}, the limit is ${maxHeaderBytes}`,
      { field: path, value: String(headerBytes) },
    );
  }
  const json = Buffer.alloc(Number(headerBytes));
  await file.readInto(json, lengthBytes, signal);
  return parseSafetensorsHeader(json, { path, fileBytes: file.sizeBytes });
}

interface Source {
  readonly path: string;
  readonly fileBytes: number;
}

/** The part of `readSafetensorsHeader` that touches no file: `json` is the header without its length. */
export function parseSafetensorsHeader(json: Uint8Array, source: Source): SafetensorsHeader {
  const members = asMap(parseJson(json, source), `${source.path}: the header`);
  const metadata = parseMetadata(members.get('__metadata__'), source);
  const dataStart = lengthBytes + json.byteLength;
  const tensors = new Map<string, TensorEntry>();
  for (const [name, description] of members) {
    if (name === '__metadata__') continue;
    tensors.set(name, parseTensor(name, description, { ...source, dataStart }));
    if (tensors.size > maxTensors)
      throw malformed(code, `${source.path} holds more than ${maxTensors} tensors`);
  }
  requireContiguous(tensors, { ...source, dataStart });
  return { path: source.path, tensors, metadata };
}

function parseJson(json: Uint8Array, source: Source): StrictJson {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
    return parseStrictJson(text, { maxDepth: 4, maxValues: maxTensors * 16 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw malformed(code, `${source.path}: the header is no JSON: ${shorten(reason)}`, {
      field: source.path,
      cause,
    });
  }
}

function asMap(value: StrictJson | undefined, what: string): ReadonlyMap<string, StrictJson> {
  if (value instanceof Map) return value;
  throw malformed(code, `${what} is no JSON object`);
}

function parseMetadata(value: StrictJson | undefined, source: Source): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined || value === null) return metadata;
  for (const [key, text] of asMap(value, `${source.path}: __metadata__`)) {
    if (typeof text !== 'string') {
      throw malformed(code, `${source.path}: __metadata__ holds something else than text`, {
        field: shorten(key),
      });
    }
    metadata.set(key, text);
  }
  return metadata;
}

interface DataSource extends Source {
  readonly dataStart: number;
}

function parseTensor(name: string, value: StrictJson, source: DataSource): TensorEntry {
  const label = `${source.path}: tensor ${JSON.stringify(shorten(name))}`;
  requireSaneName(name, source);
  const members = asMap(value, label);
  for (const key of members.keys()) {
    if (key !== 'dtype' && key !== 'shape' && key !== 'data_offsets') {
      throw malformed(code, `${label} has an unknown key`, { field: name, value: key });
    }
  }
  const dtypeName = members.get('dtype');
  const dtype = typeof dtypeName === 'string' ? plainDTypeFromName(dtypeName) : null;
  if (dtype === null) {
    const given = typeof dtypeName === 'string' ? dtypeName : JSON.stringify(dtypeName ?? null);
    throw malformed(
      'SAFETENSORS_DTYPE_UNKNOWN',
      `${label} has the dtype ${shorten(given)}, which is not supported`,
      {
        field: name,
        value: given,
      },
    );
  }
  const shape = integers(members.get('shape'), maxDimensions);
  if (shape === null) throw malformed(code, `${label} has no valid shape`, { field: name });
  const offsets = integers(members.get('data_offsets'), 2);
  const [begin, end] = offsets ?? [];
  if (begin === undefined || end === undefined || begin > end || end > source.fileBytes - source.dataStart) {
    throw malformed(code, `${label} lies at [${begin}, ${end}], outside of the file`, { field: name });
  }
  const sizeBytes = sizeBytesOf(dtype, shape);
  if (sizeBytes !== end - begin) {
    throw malformed(code, `${label}: ${dtype} [${shape.join(', ')}] does not take ${end - begin} bytes`, {
      field: name,
    });
  }
  return { name, path: source.path, dtype, shape, offsetBytes: source.dataStart + begin, sizeBytes };
}

function requireSaneName(name: string, source: Source): void {
  if (name === '' || name.length > maxNameLength || !name.isWellFormed() || /\p{Cc}/u.test(name)) {
    throw malformed(code, `${source.path}: ${JSON.stringify(shorten(name))} is no name for a tensor`, {
      field: source.path,
    });
  }
}

function integers(value: StrictJson | undefined, most: number): readonly number[] | null {
  if (!Array.isArray(value) || value.length > most) return null;
  const items: readonly StrictJson[] = value;
  return items.every((item) => typeof item === 'number' && Number.isSafeInteger(item) && item >= 0)
    ? (items as readonly number[])
    : null;
}

/** Tensors fill the file without a gap and without sharing a byte, in whatever order the header names them. */
function requireContiguous(tensors: ReadonlyMap<string, TensorEntry>, source: DataSource): void {
  const inOrder = [...tensors.values()].sort(
    (a, b) => a.offsetBytes - b.offsetBytes || a.sizeBytes - b.sizeBytes,
  );
  let expected = source.dataStart;
  for (const { name, offsetBytes, sizeBytes } of inOrder) {
    if (offsetBytes !== expected) {
      const fault = offsetBytes < expected ? 'shares bytes with another' : 'leaves a gap before it';
      throw malformed(code, `${source.path}: tensor ${JSON.stringify(shorten(name))} ${fault}`, {
        field: name,
      });
    }
    expected += sizeBytes;
  }
  if (expected !== source.fileBytes) {
    throw malformed(code, `${source.path} has ${source.fileBytes} bytes, its header describes ${expected}`, {
      field: source.path,
      value: source.fileBytes,
    });
  }
}
