import { setTimeout as sleep } from 'node:timers/promises';

/** Waits. Throws the signal's own reason, where Node's timer would wrap it. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(delayMs, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
