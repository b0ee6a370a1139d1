/** The first SIGINT or SIGTERM asks the command to end in good order, the second ends the process. */

export class StoppedBySignal extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(signal);
    this.name = 'StoppedBySignal';
    this.signal = signal;
  }
}

export interface Signals {
  readonly signal: AbortSignal;
  /** Ends the process as the signal would have, for commands that have nothing to save. */
  die(): void;
  end(): void;
}

export function listenForSignals(): Signals {
  const controller = new AbortController();
  const kill = (name: NodeJS.Signals): void => {
    end();
    process.kill(process.pid, name);
  };
  const listen = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) kill(name);
    else controller.abort(new StoppedBySignal(name));
  };
  const end = (): void => {
    process.off('SIGINT', listen);
    process.off('SIGTERM', listen);
  };
  process.on('SIGINT', listen);
  process.on('SIGTERM', listen);
  const die = (): void => {
    const reason: unknown = controller.signal.reason;
    if (reason instanceof StoppedBySignal) kill(reason.signal);
  };
  return { signal: controller.signal, die, end };
}
