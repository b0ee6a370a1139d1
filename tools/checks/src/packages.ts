/** The workspaces and what their sources really import. */
import { dirname } from 'node:path';
import ts from 'typescript';
import { files, readText } from './repository.ts';

export interface Package {
  readonly name: string;
  /** Relative to the root, e.g. `libs/engine`. */
  readonly folder: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

export interface Import {
  readonly file: string;
  /** As written, e.g. `@weft/engine` or `./shape.ts`. */
  readonly specifier: string;
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readPackage(file: string): Package {
  const manifest: Manifest = JSON.parse(readText(file));
  return {
    name: manifest.name,
    folder: dirname(file),
    dependencies: Object.keys(manifest.dependencies ?? {}),
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
  };
}

/** Folders that are workspaces: onnx-runtime stands alone and has no sources. */
export const packages: readonly Package[] = files
  .filter(
    (file) => /^(libs|services|tools)\/[^/]+\/package\.json$/.test(file) && !file.includes('/onnx-runtime/'),
  )
  .map(readPackage);

function specifiersIn(file: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isStatement = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
    const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const from = isStatement ? node.moduleSpecifier : isCall ? node.arguments[0] : undefined;
    if (from !== undefined && ts.isStringLiteral(from)) found.push(from.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readText(file), ts.ScriptTarget.Latest));
  return found;
}

/** Every import of a package's sources, dynamic ones included. */
export function importsOf(folder: string): readonly Import[] {
  return files
    .filter(
      (file) => file.startsWith(`${folder}/`) && /\.(ts|mjs)$/.test(file) && !file.includes('/fixtures/'),
    )
    .flatMap((file) => specifiersIn(file).map((specifier) => ({ file, specifier })));
}

/** `@scope/name/deep/path` to `@scope/name`. */
export function packageNameOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
