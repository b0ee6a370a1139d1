/** Where things lie in the repository. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ownRoot = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** @param {string} root */
export function pathsOf(root) {
  const native = join(root, 'libs/engine/native');
  return {
    root,
    /** State of the set-up that outlives node_modules: the lock, logs, tools fetched by pip. */
    state: join(root, 'build/bootstrap'),
    modules: join(root, 'node_modules'),
    native,
    nativeBuild: join(native, 'build'),
    sanitizedBuild: join(native, 'build/sanitized'),
    onnxRuntime: join(root, 'tools/onnx-runtime'),
    main: join(root, 'tools/cli/src/main.ts'),
  };
}

/** @typedef {ReturnType<typeof pathsOf>} Paths */

const major = Number(process.versions.node.split('.')[0]);

/**
 * The Node that runs everything after set-up: the package's, or this one where no package exists for the platform.
 * @param {Paths} paths
 * @returns {{ readonly node: string, readonly include: string } | null}
 */
export function findNode(paths) {
  const home = join(paths.modules, `node-${process.platform}-${process.arch}`);
  const node = join(home, 'bin/node');
  if (existsSync(node)) return { node, include: join(home, 'include/node') };
  if (major < 24) return null;
  return { node: process.execPath, include: join(dirname(process.execPath), '../include/node') };
}
