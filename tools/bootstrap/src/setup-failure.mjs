/** A step that failed: what, and what to do about it, each one sentence. */
export class SetupFailure extends Error {
  /** @param {{ readonly step: string, readonly what: string, readonly remedy: string }} details */
  constructor(details) {
    super(`${details.step} failed: ${details.what.replace(/\.+$/, '')}. ${details.remedy}`);
    this.name = 'SetupFailure';
  }
}

/** Set-up was stopped by a signal; the process ends by the same one. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`stopped by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}
