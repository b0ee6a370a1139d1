/** Writes ZIP archives, lying where a test wants it to. */

import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What the archive says it has; the truth by default. */
  readonly toldBytes?: number;
}

/** APPNOTE 4.3: local headers with their data, the central directory, its end record. */
export function zipOf(members: readonly ZipMember[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, toldBytes = bytes.byteLength } of members) {
    const packed = deflateRawSync(bytes);
    const fields = commonFields({ crc: crc32(bytes), packedBytes: packed.byteLength, toldBytes, name });
    const local = Buffer.concat([u32(0x04034b50), fields, u16(0), Buffer.from(name), packed]);
    const rest = Buffer.concat([u16(0), u16(0), u16(0), u16(0), u32(0), u32(offset)]);
    directory.push(Buffer.concat([u32(0x02014b50), u16(20), fields, rest, Buffer.from(name)]));
    parts.push(local);
    offset += local.byteLength;
  }
  const central = Buffer.concat(directory);
  const count = u16(members.length);
  const end = [u32(0x06054b50), u16(0), u16(0), count, count, u32(central.byteLength), u32(offset), u16(0)];
  return Buffer.concat([...parts, central, ...end]);
}

interface Fields {
  readonly crc: number;
  readonly packedBytes: number;
  readonly toldBytes: number;
  readonly name: string;
}

/** Version to the length of the name, which both headers share. */
function commonFields({ crc, packedBytes, toldBytes, name }: Fields): Buffer {
  const head = [u16(20), u16(0x800), u16(8), u16(0), u16(0)];
  return Buffer.concat([...head, u32(crc), u32(packedBytes), u32(toldBytes), u16(Buffer.byteLength(name))]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
