/** The parts of the template library in use, with types of our own: those it ships do not resolve in ES modules. */

import * as library from '@huggingface/jinja';
import type { RuntimeValue } from './python-text.ts';

/** A node of a parsed template; its parts are looked at by name. */
export interface TemplateNode {
  readonly type: string;
  [part: string]: unknown;
}

export interface TemplateEnvironment {
  /** Declares a variable, given as plain data or a function, and returns it as the library holds it. */
  set(name: string, value: unknown): RuntimeValue;
}

interface TemplateInterpreter {
  evaluate(node: TemplateNode | undefined, environment: TemplateEnvironment): RuntimeValue;
  run(program: TemplateNode): RuntimeValue;
}

interface TemplateLibrary {
  readonly Environment: new () => TemplateEnvironment;
  readonly Interpreter: new (environment: TemplateEnvironment) => TemplateInterpreter;
  readonly parse: (tokens: readonly unknown[]) => TemplateNode;
  readonly tokenize: (
    template: string,
    options: { readonly lstrip_blocks: boolean; readonly trim_blocks: boolean },
  ) => readonly unknown[];
}

export const { Environment, Interpreter, parse, tokenize } = library as unknown as TemplateLibrary;
