import { Message } from 'apache-arrow';
import type { ByteSource } from './byte-source.ts';

/** A frame is held whole; datasets writes batches of a thousand rows. */
const largestFrameBytes = 1024 * 1024 * 1024;
const continuation = 0xffffffff;
const fileMagic = 'ARROW1';

const isNear = (offset: number): boolean => Number.isSafeInteger(offset) && offset >= 0;

/** A row takes at least one bit in some buffer of the body; a damaged count would run for hours over nothing. */
function checkRowCount(message: Message, at: number): void {
  if (!message.isRecordBatch()) return;
  const rows = Number(message.header().length);
  if (!(rows >= 0 && rows <= 8 * message.bodyLength)) {
    throw new RangeError(`the batch at byte ${at} claims ${rows} rows in ${message.bodyLength} bytes`);
  }
}

/**
 * The encapsulated messages of an Arrow IPC stream, each with its body; of the file form the stream inside it. Every
 * length is checked against the file before anything is read with it, and the end mark must be there: a stream cut
 * between two batches would look complete without it. (Arrow columnar format, "Encapsulated message format".)
 */
export async function* arrowFrames(source: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  const head = Buffer.from(source.read(0, Math.min(8, source.byteLength)));
  let at = head.toString('latin1', 0, fileMagic.length) === fileMagic ? 8 : 0;
  for (;;) {
    if (at + 8 > source.byteLength)
      throw new RangeError('it is cut off: the end mark of the stream is missing');
    const prefix = Buffer.from(source.read(at, at + 8));
    if (prefix.readUInt32LE(0) !== continuation)
      throw new RangeError(`there is no Arrow message at byte ${at}`);
    const metadataBytes = prefix.readInt32LE(4);
    if (metadataBytes === 0) return;
    if (metadataBytes < 0) throw new RangeError(`the message at byte ${at} has a negative length`);
    const bodyStart = at + 8 + metadataBytes;
    const message = Message.decode(source.read(at + 8, bodyStart));
    const frameBytes = bodyStart + message.bodyLength - at;
    if (!isNear(message.bodyLength) || at + frameBytes > source.byteLength) {
      throw new RangeError(`it is cut off: the message at byte ${at} claims ${message.bodyLength} bytes`);
    }
    if (frameBytes > largestFrameBytes)
      throw new RangeError(`the message at byte ${at} has ${frameBytes} bytes`);
    checkRowCount(message, at);
    yield source.read(at, at + frameBytes);
    at += frameBytes;
  }
}
