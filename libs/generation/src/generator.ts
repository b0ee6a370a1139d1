/**
 * Continues many sequences at once over one KV cache: prompts enter in pieces while others decode, and a finished
 * sequence makes room for the next (continuous batching with chunked prefill).
 */
import { type Executor, optimise, type Program, type Session, type Weight } from '@weft/engine';
import { WeftError } from '@weft/errors';
import { KeyValueCache, type PrefixValues } from './key-value-cache.ts';
import { Sampler } from './sampler.ts';
import type { SamplingOptions } from './sampling-options.ts';

export interface GeneratorOptions {
  readonly executor: Executor;
  /** A decode Program (`buildDecodeProgram`). */
  readonly program: Program;
  readonly weights: (name: string) => Weight;
  readonly compute: 'float32' | 'bfloat16';
  readonly layers: number;
  /** kvHeads * headDim. */
  readonly keyValueFeatures: number;
  readonly vocabularySize: number;
  readonly maxPositions: number;
  /** Sequences that decode together. */
  readonly maxSequences: number;
  /** Tokens of prompt and answer that one sequence may take. */
  readonly maxSequenceTokens: number;
  /** The adapter's parameters. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Keys and values before every sequence, of a prefix adapter. */
  readonly prefix: PrefixValues | null;
}

export interface GenerationRequest {
  readonly promptIds: ArrayLike<number>;
  readonly maxNewTokens: number;
  readonly stopIds: ReadonlySet<number>;
  readonly sampling: SamplingOptions;
}

export type FinishReason = 'stop' | 'length';

export interface GeneratedToken {
  /** Index of the request. */
  readonly request: number;
  /** Null where the sequence ends without another token. */
  readonly id: number | null;
  readonly finished: FinishReason | null;
}

/** Prompt tokens that enter in one run. */
const prefillTokens = 512;

export class Generator {
  readonly #options: GeneratorOptions;
  readonly #session: Session;
  readonly #cache: KeyValueCache;
  readonly #logits: Float32Array;
  readonly #inputs: StepInputs;

  private constructor(options: GeneratorOptions, session: Session) {
    this.#options = options;
    this.#session = session;
    const { maxSequences, vocabularySize } = options;
    const slotRows = options.maxSequenceTokens + (options.prefix?.tokens ?? 0);
    this.#cache = new KeyValueCache({ ...options, slots: maxSequences, slotRows });
    this.#cache.bind(session);
    this.#logits = new Float32Array(maxSequences * vocabularySize);
    this.#inputs = new StepInputs(prefillTokens + maxSequences, maxSequences);
    this.#inputs.bind(session);
    session.bind('output:logits', this.#logits);
    for (const [name, values] of options.parameters) session.bind(name, values);
  }

  static async create(options: GeneratorOptions): Promise<Generator> {
    const { executor, weights, compute, maxSequences } = options;
    const cacheRows = maxSequences * (options.maxSequenceTokens + (options.prefix?.tokens ?? 0));
    const capacity = {
      tokens: prefillTokens + maxSequences,
      sequences: maxSequences,
      sequenceBounds: maxSequences + 1,
      cacheRows,
    };
    const session = await executor.compile(optimise(options.program), { capacity, weights, compute });
    return new Generator(options, session);
  }

  /**
   * Yields tokens as they are chosen, of all requests intermingled; a stop token is not yielded, only `finished`.
   *
   * @throws WeftError `PROMPT_TOO_LONG` before anything runs; the signal's reason once it is aborted.
   */
  async *generate(
    requests: readonly GenerationRequest[],
    signal?: AbortSignal,
  ): AsyncGenerator<GeneratedToken, void, void> {
    for (const [index, request] of requests.entries()) this.#check(request, index);
    const waiting = requests.map((request, index) => ({ request, index }));
    const active = new Set<Sequence>();
    while (waiting.length > 0 || active.size > 0) {
      signal?.throwIfAborted();
      while (active.size < this.#options.maxSequences && waiting.length > 0) {
        const next = waiting.shift();
        if (next !== undefined) active.add(new Sequence(next.request, next.index, this.#cache.acquire()));
      }
      yield* await this.#advance(active, signal);
    }
  }

  async #advance(active: Set<Sequence>, signal: AbortSignal | undefined): Promise<readonly GeneratedToken[]> {
    const members = this.#inputs.fill(active, this.#cache);
    const dimensions = { ...this.#inputs.dimensions, cacheRows: this.#cache.rows };
    await this.#session.run(dimensions, signal);
    const tokens: GeneratedToken[] = [];
    members.forEach((sequence, row) => {
      if (sequence.pending.length > 0) return;
      const { vocabularySize } = this.#options;
      const logits = this.#logits.subarray(row * vocabularySize, (row + 1) * vocabularySize);
      const token = sequence.accept(logits);
      tokens.push(token);
      if (token.finished !== null) {
        active.delete(sequence);
        this.#cache.release(sequence.slot);
      }
    });
    return tokens;
  }

  #check(request: GenerationRequest, index: number): void {
    const { maxPositions, maxSequenceTokens, prefix } = this.#options;
    const length = request.promptIds.length;
    const room = Math.min(maxSequenceTokens, maxPositions - (prefix?.tokens ?? 0));
    if (length > 0 && length + request.maxNewTokens <= room) return;
    throw new WeftError({
      code: length === 0 ? 'PROMPT_EMPTY' : 'PROMPT_TOO_LONG',
      kind: 'invalid',
      message:
        length === 0
          ? `prompt ${index} has no tokens`
          : `prompt ${index} has ${length} tokens and asks for ${request.maxNewTokens} more; there is room for ${room}`,
      field: 'prompt',
      value: length,
      remedy: length === 0 ? 'give a prompt' : 'shorten the prompt or lower --max-new-tokens',
    });
  }
}

/** One request on its way. */
class Sequence {
  readonly slot: number;
  /** Tokens that are not in the cache yet. */
  pending: number[];
  /** Tokens in the cache, virtual ones not counted. */
  cached = 0;
  readonly #request: GenerationRequest;
  readonly #index: number;
  readonly #sampler: Sampler;
  readonly #context: number[];
  #generated = 0;

  constructor(request: GenerationRequest, index: number, slot: number) {
    this.#request = request;
    this.#index = index;
    this.slot = slot;
    this.pending = Array.from(request.promptIds);
    this.#context = Array.from(request.promptIds);
    this.#sampler = new Sampler({ ...request.sampling, seed: request.sampling.seed + index });
  }

  accept(logits: Float32Array): GeneratedToken {
    const { maxNewTokens, stopIds } = this.#request;
    if (maxNewTokens === 0) return { request: this.#index, id: null, finished: 'length' };
    const id = this.#sampler.choose(logits, this.#context);
    if (stopIds.has(id)) return { request: this.#index, id: null, finished: 'stop' };
    this.#generated++;
    this.#context.push(id);
    this.pending = [id];
    return { request: this.#index, id, finished: this.#generated === maxNewTokens ? 'length' : null };
  }
}

/** The inputs of a decode Program, allocated once. */
class StepInputs {
  readonly #ids: Int32Array;
  readonly #positions: Int32Array;
  readonly #sequenceStarts: Int32Array;
  readonly #cacheStarts: Int32Array;
  readonly #cacheLengths: Int32Array;
  readonly #lastRows: Int32Array;
  readonly #maxTokens: number;
  dimensions: Readonly<Record<string, number>> = {};

  constructor(maxTokens: number, maxSequences: number) {
    this.#maxTokens = maxTokens;
    this.#ids = new Int32Array(maxTokens);
    this.#positions = new Int32Array(maxTokens);
    this.#sequenceStarts = new Int32Array(maxSequences + 1);
    this.#cacheStarts = new Int32Array(maxSequences);
    this.#cacheLengths = new Int32Array(maxSequences);
    this.#lastRows = new Int32Array(maxSequences);
  }

  bind(session: Session): void {
    session.bind('ids', this.#ids);
    session.bind('positions', this.#positions);
    session.bind('sequenceStarts', this.#sequenceStarts);
    session.bind('cacheStarts', this.#cacheStarts);
    session.bind('cacheLengths', this.#cacheLengths);
    session.bind('lastRows', this.#lastRows);
  }

  /** Takes what fits of every sequence's pending tokens; decoding ones come first, so prompts never hold them up. */
  fill(active: ReadonlySet<Sequence>, cache: KeyValueCache): readonly Sequence[] {
    const members: Sequence[] = [];
    let token = 0;
    for (const sequence of [...active].toSorted((a, b) => a.pending.length - b.pending.length)) {
      const taken = sequence.pending.splice(0, this.#maxTokens - token);
      if (taken.length === 0) break;
      const row = members.push(sequence) - 1;
      const length = cache.prefixTokens + sequence.cached;
      this.#sequenceStarts[row] = token;
      this.#cacheStarts[row] = cache.firstRow(sequence.slot);
      this.#cacheLengths[row] = length;
      taken.forEach((id, at) => {
        this.#ids[token] = id;
        this.#positions[token++] = length + at;
      });
      this.#lastRows[row] = token - 1;
      sequence.cached += taken.length;
    }
    this.#sequenceStarts[members.length] = token;
    this.dimensions = { tokens: token, sequences: members.length, sequenceBounds: members.length + 1 };
    return members;
  }
}
