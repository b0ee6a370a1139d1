/** Opens an adapter for a model and sees that they belong together. */
import { WeftError } from '@weft/errors';
import { type OpenedAdapter, openAdapter, type ParameterValues } from '@weft/peft';
import { type CommandContext, pathOf } from '../context.ts';
import type { OpenedModel } from './open-model.ts';

export interface UseAdapterOptions {
  readonly folder: string;
  readonly allowOtherBase: boolean;
}

export async function useAdapter(
  model: OpenedModel,
  { folder, allowOtherBase }: UseAdapterOptions,
  context: CommandContext,
): Promise<OpenedAdapter> {
  const { output, signal } = context;
  const opened = await openAdapter(pathOf(context, folder), { model: model.base, signal });
  for (const warning of opened.warnings) output.note(`warning: ${warning}`);
  const recorded = opened.record?.['baseDigest'];
  const isOther = typeof recorded === 'string' && recorded !== model.resolved.digest;
  if (isOther && !allowOtherBase)
    throw otherBase(model, folder, { recorded, name: opened.record?.['model'] });
  if (isOther) output.note(`warning: the adapter was trained on other weights (base digest ${recorded})`);
  return opened;
}

function otherBase(
  { resolved }: OpenedModel,
  folder: string,
  base: { readonly recorded: string; readonly name: unknown },
): WeftError {
  const trainedOn = typeof base.name === 'string' ? `${base.name}, ` : '';
  return new WeftError({
    code: 'ADAPTER_OTHER_BASE',
    kind: 'invalid',
    message: `the adapter ${folder} was trained on other weights (${trainedOn}base digest ${base.recorded}) than ${resolved.fullName} (${resolved.digest})`,
    field: '--model',
    value: resolved.digest,
    remedy: 'Name the model it was trained on, or give --allow-other-base.',
  });
}

/** Values by parameter name. */
export function valuesOf(opened: OpenedAdapter): ParameterValues {
  return (name) => {
    const values = opened.values.get(name);
    if (values === undefined) throw new RangeError(`there is no parameter '${name}'`);
    return values;
  };
}

/** The template that the adapter was trained with, where it is one of ours. */
export function recordedTemplate(opened: OpenedAdapter | null): string | null {
  const template = opened?.record?.['template'];
  return typeof template === 'string' ? template : null;
}
