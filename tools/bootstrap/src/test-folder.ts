/** A folder of a test's own, gone when the test ends. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export function temporaryFolder(context: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weft-bootstrap-')));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
