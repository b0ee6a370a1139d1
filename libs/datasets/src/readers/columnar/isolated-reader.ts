import { Worker } from 'node:worker_threads';
import { WeftError } from '@weft/errors';
import { asDamagedFile } from '../../errors.ts';
import type { WorkerAnswer, WorkerTask } from './protocol.ts';

export interface IsolationLimits {
  /** The heap of the decoding thread, in MiB; typed arrays do not count. */
  readonly heapMiB: number;
  /** How long one answer may take, in milliseconds. */
  readonly patienceMs: number;
}

/** A row group of 128 MiB takes seconds; a decoder that is silent for two minutes loops. */
export const defaultLimits: IsolationLimits = { heapMiB: 4096, patienceMs: 120_000 };

const kindNames = { parquet: 'Parquet', arrow: 'Arrow' } as const;

/** Reads one file in a thread of its own; dispose of it to end the thread. */
export class IsolatedReader implements AsyncDisposable {
  readonly #task: WorkerTask;
  readonly #limits: IsolationLimits;
  readonly #worker: Worker;

  constructor(task: WorkerTask, limits: IsolationLimits = defaultLimits) {
    this.#task = task;
    this.#limits = limits;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMiB },
    });
  }

  /** The next answer; throws WeftError where the file is at fault. */
  async next(signal?: AbortSignal): Promise<Exclude<WorkerAnswer, { type: 'fault' | 'damage' }>> {
    signal?.throwIfAborted();
    const answer = await this.#ask(signal);
    if (answer.type === 'damage') throw this.#damaged(answer.reason);
    if (answer.type !== 'fault') return answer;
    const { field, value, remedy, ...rest } = answer.fault;
    throw new WeftError({ ...rest, field: field ?? undefined, value, remedy: remedy ?? undefined });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #damaged(reason: string): unknown {
    return asDamagedFile(new Error(reason), this.#task.path, kindNames[this.#task.kind]);
  }

  #ask(signal?: AbortSignal): Promise<WorkerAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<WorkerAnswer>();
    const onError = (error: unknown): void =>
      reject(this.#damaged(error instanceof Error ? error.message : String(error)));
    const onExit = (): void => reject(this.#damaged('its decoder ended early'));
    const onAbort = (): void => reject(signal?.reason);
    const timer = setTimeout(
      () => reject(this.#damaged(`its decoder gave no rows within ${this.#limits.patienceMs} ms`)),
      this.#limits.patienceMs,
    );
    this.#worker.once('message', resolve).once('error', onError).once('exit', onExit);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#worker.postMessage('next');
    return promise.finally(() => {
      clearTimeout(timer);
      this.#worker.off('message', resolve).off('error', onError).off('exit', onExit);
      // An error after the answer must not end the process; the next request meets the exit.
      if (this.#worker.listenerCount('error') === 0) this.#worker.on('error', () => {});
      signal?.removeEventListener('abort', onAbort);
    });
  }
}
