import { once } from 'node:events';
import {
  MessageChannel,
  type MessagePort,
  type ResourceLimits,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';

/** What a worker gets to answer calls: where they come in, and the flag that wakes the caller. */
export interface SyncWorkerData<Start> {
  readonly port: MessagePort;
  readonly flag: Int32Array;
  readonly start: Start;
}

export interface SyncWorkerOptions<Start> {
  readonly start: Start;
  readonly transfer?: readonly ArrayBuffer[] | undefined;
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** The answer did not come in time, or the worker has ended. */
export class NoAnswer extends Error {}

/**
 * A thread whose answers the caller waits for: for libraries that answer only asynchronously, and for code that must be
 * stoppable. One call at a time; the caller's thread does nothing else meanwhile.
 */
export class SyncWorker<Start, Request, Answer> {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));
  #isClosed = false;

  constructor(script: URL, { start, transfer = [], resourceLimits }: SyncWorkerOptions<Start>) {
    const { port1, port2 } = new MessageChannel();
    const data: SyncWorkerData<Start> = { port: port2, flag: this.#flag, start };
    this.#port = port1;
    this.#worker = new Worker(script, {
      workerData: data,
      transferList: [port2, ...transfer],
      execArgv: [],
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.#worker.on('error', () => this.close());
    this.#worker.on('exit', () => this.close());
    this.#worker.unref();
    this.#port.unref();
  }

  /**
   * What the worker reports once it has started, without blocking. Rejects with the worker's error, with `NoAnswer` where
   * it ends without a report, or with the signal's reason, after which the worker is gone.
   */
  async started(signal?: AbortSignal): Promise<Answer> {
    const ended = new AbortController();
    this.#worker.once('exit', () => ended.abort(new NoAnswer('the worker has ended')));
    const until = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
    this.#worker.ref();
    try {
      const [report] = (await once(this.#worker, 'message', { signal: until })) as [Answer];
      return report;
    } catch (error) {
      this.close();
      // A worker's error and its end may arrive in one turn: only a wait that was itself aborted has the signal's reason.
      throw error instanceof Error && error.name === 'AbortError' && until.aborted ? until.reason : error;
    } finally {
      this.#worker.unref();
    }
  }

  /** Throws `NoAnswer`, after which the worker is gone. */
  call(request: Request, timeoutMs: number): Answer {
    if (this.#isClosed) throw new NoAnswer('the worker has ended');
    this.#port.postMessage(request);
    if (Atomics.wait(this.#flag, 0, 0, timeoutMs) === 'timed-out') {
      this.close();
      throw new NoAnswer(`no answer within ${timeoutMs} ms`);
    }
    Atomics.store(this.#flag, 0, 0);
    const received = receiveMessageOnPort(this.#port) as { readonly message: Answer } | undefined;
    if (received === undefined) throw new NoAnswer('the worker woke the caller without an answer');
    return received.message;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#port.close();
    void this.#worker.terminate();
  }
}

/** The other side: answers each request in turn. Whatever `answer` throws must have become an answer before. */
export function answerCalls<Start, Request, Answer>(
  { port, flag }: SyncWorkerData<Start>,
  answer: (request: Request) => Answer | Promise<Answer>,
): void {
  port.on('message', async (request: Request) => {
    port.postMessage(await answer(request));
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  });
}
