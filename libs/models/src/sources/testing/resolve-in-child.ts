/** A process of its own that resolves one model: `node resolve-in-child.ts <home> <endpoint> <name>`. */

import { isWeftError } from '@weft/errors';
import { resolveModel } from '../resolve-model.ts';
import { quick } from './fixtures.ts';

const [home = '', endpoint = '', name = ''] = process.argv.slice(2);
try {
  const model = await resolveModel(name, {
    home,
    environment: { HF_ENDPOINT: endpoint },
    workingDirectory: home,
    signal: new AbortController().signal,
    timing: quick,
  });
  process.stdout.write(JSON.stringify(model));
} catch (error) {
  const known = isWeftError(error) ? { code: error.code, kind: error.kind, remedy: error.remedy } : null;
  process.stdout.write(JSON.stringify(known ?? { fault: String(error) }));
}
