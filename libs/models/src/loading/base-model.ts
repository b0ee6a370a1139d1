/** A base model opened for use: its configuration and its weights, checked and read only when asked for. */

import type { Executor, Program, StorageType, Value, Weight, WeightDescriptor } from '@weft/engine';
import { WeftError } from '@weft/errors';
import type { DecoderConfig } from '../architectures/decoder-config.ts';
import { ropeFrequenciesName } from '../architectures/model-graph.ts';
import { parseDecoderConfig } from '../architectures/parse-config.ts';
import { embeddingModule } from '../architectures/programs.ts';
import { type Checkpoint, openCheckpoint } from '../formats/checkpoint.ts';
import { type TensorDType, transposeEntry, type WeightEntry } from '../formats/tensor-entry.ts';

export interface BaseModel {
  readonly checkpoint: Checkpoint;
  readonly config: DecoderConfig;
  /** The tensor behind a weight of a Program, in the layout [out, in]; null where the checkpoint has none. */
  entry(name: string): WeightEntry | null;
}

/** Opens a Hugging Face folder or a GGUF file. Reads headers and configuration alone. */
export async function openBaseModel(path: string, signal: AbortSignal): Promise<BaseModel> {
  const checkpoint = await openCheckpoint(path, signal);
  const parsed = parseDecoderConfig(checkpoint.config, path);
  const hasHead = checkpoint.tensors.has('lm_head.weight');
  const config = { ...parsed, tiedHead: parsed.tiedHead || !hasHead };
  return { checkpoint, config, entry: (name) => findEntry(checkpoint, config, name) };
}

/** Opens weights for one executor, each once, so that all its Programs share the packed forms. */
export class WeightLoader {
  readonly #model: BaseModel;
  readonly #executor: Executor;
  readonly #open = new Map<string, Weight>();

  constructor(model: BaseModel, executor: Executor) {
    this.#model = model;
    this.#executor = executor;
  }

  /** @throws WeftError `TENSOR_MISSING` or `TENSOR_DTYPE_UNSUPPORTED`. */
  weight(name: string): Weight {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const opened = this.#openNamed(name);
    this.#open.set(name, opened);
    return opened;
  }

  opened(): Iterable<Weight> {
    return this.#open.values();
  }

  #openNamed(name: string): Weight {
    const { rope } = this.#model.config;
    if (name === ropeFrequenciesName && rope !== null) {
      return this.#executor.memoryWeight(rope.frequencies, 1, rope.frequencies.length);
    }
    return this.#executor.openWeight(describeWeight(this.#model, name));
  }
}

/** Checks that the checkpoint holds every weight of a Program in the Program's shape. */
export function checkWeights(model: BaseModel, program: Program): void {
  for (const value of frozenWeights(program)) {
    const descriptor = describeWeight(model, value.name);
    const expected = value.shape.reduce<number>((product, size) => product * Number(size), 1);
    const [rows = 1, columns] = value.shape;
    const matches =
      columns === undefined
        ? expected === descriptor.rows * descriptor.columns
        : rows === descriptor.rows && columns === descriptor.columns;
    if (!matches) throw shapeMismatch(model, value, descriptor);
  }
}

/** The weights of a Program that come from the checkpoint. */
export function frozenWeights(program: Program): readonly Value[] {
  const used = new Set(program.nodes.flatMap((node) => node.inputs));
  return program.values.filter(
    (value) => value.kind === 'weight' && value.name !== ropeFrequenciesName && used.has(value),
  );
}

function describeWeight(model: BaseModel, name: string): WeightDescriptor {
  const entry = model.entry(name);
  if (entry === null) throw missing(model, name);
  const storage = storageOf(entry.dtype);
  if (storage === null || entry.shape.length > 2) {
    throw new WeftError({
      code: 'TENSOR_DTYPE_UNSUPPORTED',
      kind: 'invalid',
      message: `tensor ${entry.name} of ${entry.path} is ${entry.dtype}[${entry.shape.join(', ')}], which weights cannot be`,
      field: entry.name,
      value: entry.dtype,
      remedy: 'use a checkpoint in F32, F16, BF16 or a supported GGUF type',
    });
  }
  const [first = 1, second] = entry.shape;
  const { path, offsetBytes, sizeBytes, transposed, unpermuteHeads } = entry;
  const rows = second === undefined ? 1 : first;
  return {
    path,
    storage,
    offsetBytes,
    sizeBytes,
    rows,
    columns: second ?? first,
    transposed,
    unpermuteHeads,
  };
}

const storageTypes: ReadonlySet<string> = new Set([
  'F32',
  'F16',
  'BF16',
  'Q8_0',
  'Q4_0',
  'Q4_1',
  'Q5_0',
  'Q5_1',
  'Q4_K',
  'Q5_K',
  'Q6_K',
] satisfies readonly StorageType[]);

function storageOf(dtype: TensorDType): StorageType | null {
  return storageTypes.has(dtype) ? (dtype as StorageType) : null;
}

/** GPT-2's Conv1D layers are stored [in, out]; old files of it also lack the prefix `transformer.`. */
const conv1d = /\.(c_attn|c_proj|c_fc)\.weight$/;

function findEntry(checkpoint: Checkpoint, config: DecoderConfig, name: string): WeightEntry | null {
  const { tensors } = checkpoint;
  const entry =
    tensors.get(name) ??
    (config.architecture === 'gpt2' ? tensors.get(name.replace(/^transformer\./, '')) : undefined);
  if (entry !== undefined) {
    const isStoredTransposed = config.architecture === 'gpt2' && conv1d.test(name);
    return isStoredTransposed ? transposeEntry(entry) : entry;
  }
  const isTiedHead = name === 'lm_head.weight' && config.tiedHead;
  return isTiedHead ? findEntry(checkpoint, config, `${embeddingModule(config)}.weight`) : null;
}

function missing(model: BaseModel, name: string): WeftError {
  return new WeftError({
    code: 'TENSOR_MISSING',
    kind: 'invalid',
    message: `${model.checkpoint.path} lacks the tensor ${name}`,
    field: name,
    remedy: 'fetch the checkpoint again, or check that config.json belongs to it',
  });
}

function shapeMismatch(model: BaseModel, value: Value, found: WeightDescriptor): WeftError {
  return new WeftError({
    code: 'TENSOR_SHAPE_MISMATCH',
    kind: 'invalid',
    message: `tensor ${value.name} of ${model.checkpoint.path} is [${found.rows}, ${found.columns}], the configuration asks for [${value.shape.join(', ')}]`,
    field: value.name,
    value: `[${found.rows}, ${found.columns}]`,
    remedy: 'check that config.json belongs to the checkpoint',
  });
}
