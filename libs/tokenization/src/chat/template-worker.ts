/** Renders chat templates, which are programs of strangers, where they can be stopped. */

import { workerData } from 'node:worker_threads';
import { Template } from '@huggingface/jinja';
import { answerCalls, type SyncWorkerData } from '../workers/sync-worker.ts';
import { strftime } from './strftime.ts';
import type { RenderAnswer, RenderRequest } from './template-protocol.ts';

const maxCompiled = 16;
const compiled = new Map<string, Template>();

class Refusal extends Error {}

const globals = {
  raise_exception: (message: unknown): never => {
    throw new Refusal(String(message));
  },
  strftime_now: (format: string): string => strftime(new Date(), format),
};

function compile(text: string): Template {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const template = new Template(text);
  if (compiled.size >= maxCompiled) compiled.clear();
  compiled.set(text, template);
  return template;
}

function render({ template, variables, maxLength }: RenderRequest): RenderAnswer {
  try {
    const text = compile(template).render({ ...globals, ...variables });
    if (text.length <= maxLength) return { text };
    return { fault: `gives ${text.length} characters; at most ${maxLength} are taken`, isRefusal: false };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { fault, isRefusal: error instanceof Refusal };
  }
}

answerCalls<null, RenderRequest, RenderAnswer>(workerData as SyncWorkerData<null>, render);
