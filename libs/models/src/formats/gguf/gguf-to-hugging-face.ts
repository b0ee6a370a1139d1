/**
 * A GGUF file as the Hugging Face checkpoint it was made from: the config, and every tensor under its name and shape
 * there, so that an adapter trained on one fits the other.
 */

import { malformed } from '../file-errors.ts';
import type { JsonObject } from '../json-file.ts';
import { RandomAccessFile } from '../random-access-file.ts';
import { readTensor } from '../read-tensor.ts';
import type { TensorEntry, WeightEntry } from '../tensor-entry.ts';
import { embeddingOf, type GgufArchitecture, ggufArchitecture } from './gguf-config.ts';
import { ggufMalformed } from './gguf-cursor.ts';
import type { GgufHeader } from './gguf-header.ts';
import { GgufMetadata } from './gguf-metadata.ts';
import { huggingFaceName } from './gguf-names.ts';

export interface HuggingFaceView {
  /** As `config.json` would have it, in the spelling of transformers 4. */
  readonly config: JsonObject;
  readonly tensors: ReadonlyMap<string, WeightEntry>;
}

/**
 * Reads no weights but the rope factors, and the output matrix where it may be a copy of the embeddings. Throws
 * `GGUF_ARCHITECTURE_UNKNOWN`, `GGUF_ROPE_UNKNOWN`, or `GGUF_MALFORMED` for keys that are missing or impossible and
 * tensors that the architecture does not have.
 */
export async function ggufToHuggingFace(header: GgufHeader, signal: AbortSignal): Promise<HuggingFaceView> {
  const metadata = new GgufMetadata(header);
  const architecture = ggufArchitecture(header, metadata);
  const ropeTensor = header.tensors.get('rope_freqs.weight');
  const isTied = await isOutputTied(header, signal);
  const config = architecture.config({
    header,
    metadata,
    ropeFactors: ropeTensor === undefined ? null : await readRopeFactors(ropeTensor, signal),
    isTied,
  });
  const tensors = new Map<string, WeightEntry>();
  for (const entry of header.tensors.values()) {
    if (isTied && entry.name === 'output.weight') continue;
    const weight = toWeight(entry, architecture, metadata);
    if (weight !== null) tensors.set(weight.name, weight);
  }
  return { config, tensors };
}

async function readRopeFactors(entry: TensorEntry, signal: AbortSignal): Promise<Float32Array> {
  const factors = entry.sizeBytes <= 1 << 16 ? await readTensor(entry, signal) : new Float32Array();
  if (factors.length > 0 && factors.every((factor) => factor >= 1e-6 && factor <= 1e6)) return factors;
  throw malformed(ggufMalformed, `${entry.path}: rope_freqs.weight holds no factors`, { field: entry.name });
}

function toWeight(
  entry: TensorEntry,
  architecture: GgufArchitecture,
  metadata: GgufMetadata,
): WeightEntry | null {
  const target = huggingFaceName(architecture.names, entry.name);
  if (target === null) {
    const message = `${entry.path}: the architecture ${metadata.architecture} has no tensor ${entry.name}`;
    throw malformed(ggufMalformed, message, { field: entry.name });
  }
  const { name, module, kind } = target;
  if (name === null) return null;
  const transposed = module !== null && kind === 'weight' && architecture.names.transposed.has(module);
  return {
    ...entry,
    name,
    shape: transposed ? entry.shape.toReversed() : entry.shape,
    transposed,
    unpermuteHeads: architecture.interleavesHeads ? headsOf(entry, module, metadata) : 0,
  };
}

function headsOf(entry: TensorEntry, module: string | null, metadata: GgufMetadata): number {
  if (module !== 'attn_q' && module !== 'attn_k') return 0;
  const queryHeads = metadata.requiredCount('attention.head_count');
  const heads = module === 'attn_q' ? queryHeads : (metadata.count('attention.head_count_kv') ?? queryHeads);
  const [rows = 0] = entry.shape;
  if (rows % (2 * heads) === 0) return heads;
  const message = `${entry.path}: ${entry.name} has ${rows} rows, which ${heads} heads cannot share`;
  throw malformed(ggufMalformed, message, { field: entry.name, value: rows });
}

const pieceBytes = 1 << 22;

/** Without an output matrix the embeddings are used; some converters store a copy of them instead. */
async function isOutputTied(header: GgufHeader, signal: AbortSignal): Promise<boolean> {
  const embedding = embeddingOf(header);
  const output = header.tensors.get('output.weight');
  if (output === undefined) return true;
  if (output.dtype !== embedding.dtype || output.sizeBytes !== embedding.sizeBytes) return false;
  await using file = await RandomAccessFile.open(header.path);
  for (let at = 0; at < output.sizeBytes; at += pieceBytes) {
    const length = Math.min(pieceBytes, output.sizeBytes - at);
    const pieces = [Buffer.alloc(length), Buffer.alloc(length)] as const;
    await file.readInto(pieces[0], embedding.offsetBytes + at, signal);
    await file.readInto(pieces[1], output.offsetBytes + at, signal);
    if (!pieces[0].equals(pieces[1])) return false;
  }
  return true;
}
