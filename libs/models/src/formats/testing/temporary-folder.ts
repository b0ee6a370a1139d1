/** A folder for the tests of one file, removed after them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weft-'));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}
