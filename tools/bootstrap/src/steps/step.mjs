/**
 * What a step of the set-up is. `isCurrent` is asked on every start of every command and must be quick; `perform` runs
 * under the lock and throws SetupFailure.
 *
 * @typedef {object} Context
 * @property {import('../paths.mjs').Paths} paths
 * @property {import('../lock.mjs').Lock} [lock]
 * @property {(detail: string) => void} progress
 *
 * @typedef {object} Step
 * @property {string} title what the user sees
 * @property {(context: Context) => boolean} isCurrent
 * @property {(context: Context) => Promise<void>} perform
 */
export {};
