/** Renders chat templates, which are programs of strangers, where they can be stopped. */

import { workerData } from 'node:worker_threads';
import { answerCalls, type SyncWorkerData } from '../workers/sync-worker.ts';
import { Environment, parse, type TemplateNode, tokenize } from './jinja.ts';
import { PythonInterpreter, prepare } from './python-interpreter.ts';
import { strftime } from './strftime.ts';
import type { RenderAnswer, RenderRequest } from './template-protocol.ts';

const maxCompiled = 16;
/** What Jinja's sandbox allows. */
const maxRange = 100_000;

const compiled = new Map<string, TemplateNode>();

class Refusal extends Error {}

function range(first: number, second?: number, step = 1): readonly number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!Number.isInteger(length) || length > maxRange)
    throw new Error(`range() of more than ${maxRange} items`);
  return Array.from({ length }, (_, index) => start + index * step);
}

/** The names that transformers gives to templates, besides those of Jinja itself. */
const globals: Readonly<Record<string, unknown>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  range,
  raise_exception: (message: unknown): never => {
    throw new Refusal(String(message));
  },
  strftime_now: (format: string): string => strftime(new Date(), format),
};

function compile(text: string): TemplateNode {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const program = prepare(parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true })));
  if (compiled.size >= maxCompiled) compiled.clear();
  compiled.set(text, program);
  return program;
}

function run(program: TemplateNode, variables: Readonly<Record<string, unknown>>): string {
  const environment = new Environment();
  for (const [name, value] of Object.entries({ ...globals, ...variables })) environment.set(name, value);
  return String(new PythonInterpreter(environment).run(program).value);
}

function render({ template, variables, maxLength }: RenderRequest): RenderAnswer {
  try {
    const text = run(compile(template), variables);
    if (text.length <= maxLength) return { text };
    return { fault: `gives ${text.length} characters; at most ${maxLength} are taken`, isRefusal: false };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { fault, isRefusal: error instanceof Refusal };
  }
}

answerCalls<null, RenderRequest, RenderAnswer>(workerData as SyncWorkerData<null>, render);
