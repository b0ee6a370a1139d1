/** Progress of the set-up. All of it goes to standard error: standard output belongs to the command that follows. */

const prefix = 'weft set-up:';

/** @param {string} line */
export function say(line) {
  process.stderr.write(`${prefix} ${line}\n`);
}

/** @param {number} sinceMs */
function elapsed(sinceMs) {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
}

/**
 * Announces a step and returns how to show its progress and its end. On a terminal the line is rewritten in place.
 * @param {string} title
 */
export function showStep(title) {
  const began = Date.now();
  const live = process.stderr.isTTY === true && process.env['CI'] === undefined;
  process.stderr.write(`${prefix} ${title} …${live ? '' : '\n'}`);
  /** @param {string} text */
  const rewrite = (text) => process.stderr.write(`\r\x1b[K${prefix} ${title} … ${text}`);
  return {
    /** @param {string} detail */
    progress(detail) {
      if (live) rewrite(detail);
    },
    done() {
      if (live) rewrite(`done in ${elapsed(began)}\n`);
      else say(`${title}: done in ${elapsed(began)}`);
    },
    failed() {
      if (live) process.stderr.write('\n');
    },
  };
}
