/** Adds up the closing lines of every test run in a stream of output: node's test runner's, and the native tests'. */

// node:test closes with `ℹ tests 12`, `ℹ pass 11`, …; its TAP form has `#` instead. Colours may surround them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with an escape character
const colour = /\x1b\[[0-9;]*m/g;
const closing = /^\s*[ℹ#] (pass|fail|cancelled|skipped|todo) (\d+)$/;
const skip = /^\s*﹣ (.*) \([\d.]+ms\) # (.*)$/;
const native = /^\s*(\d+) passed, (\d+) failed$/;

/** @typedef {{ pass: number, fail: number, skipped: number, reasons: string[] }} Totals */

export function countTests() {
  /** @type {Totals} */
  const totals = { pass: 0, fail: 0, skipped: 0, reasons: [] };
  let rest = '';

  /** @param {string} line */
  function readLine(line) {
    const plain = line.replace(colour, '');
    const [, word, count] = closing.exec(plain) ?? [];
    if (word === 'pass') totals.pass += Number(count);
    else if (word === 'fail' || word === 'cancelled') totals.fail += Number(count);
    else if (word !== undefined) totals.skipped += Number(count);
    const [, name, reason] = skip.exec(plain) ?? [];
    if (name !== undefined) totals.reasons.push(reason === 'SKIP' ? name : `${name}: ${reason}`);
    const [, passed, failed] = native.exec(plain) ?? [];
    totals.pass += Number(passed ?? 0);
    totals.fail += Number(failed ?? 0);
  }

  return {
    /** @param {string} text */
    read(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) readLine(line);
    },
    /** @returns {Totals} */
    end() {
      readLine(rest);
      rest = '';
      return totals;
    },
  };
}
