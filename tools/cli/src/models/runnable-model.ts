/** A base model, with or without an adapter, made ready to run. */
import { type Template, templates } from '@weft/datasets';
import type { ComputeType } from '@weft/engine';
import type { OpenedAdapter } from '@weft/peft';
import type { CommandContext } from '../context.ts';
import { requireOption } from '../options/option-errors.ts';
import { type Engine, openEngine } from './engine.ts';
import { type OpenedModel, openModel } from './open-model.ts';
import { recordedTemplate, useAdapter } from './use-adapter.ts';

export interface RunnableModel {
  readonly model: OpenedModel;
  readonly engine: Engine;
  readonly opened: OpenedAdapter | null;
  /** As asked for, else the one the adapter was trained with, else human-assistant. */
  readonly template: Template;
}

export interface RunnableOptions {
  readonly model?: string;
  readonly adapter?: string;
  readonly allowOtherBase?: boolean;
  readonly template?: Template;
  readonly dtype?: 'auto' | ComputeType;
}

export async function openRunnable(
  options: RunnableOptions,
  context: CommandContext,
): Promise<RunnableModel> {
  const name = requireOption(options.model, '--model', 'NAME, e.g. smollm2-135m-instruct');
  const model = await openModel(name, context);
  const { adapter: folder, allowOtherBase = false } = options;
  const opened = folder === undefined ? null : await useAdapter(model, { folder, allowOtherBase }, context);
  const recorded = recordedTemplate(opened);
  const template = options.template ?? templates.find((known) => known === recorded) ?? 'human-assistant';
  const engine = await openEngine(model, { dtype: options.dtype ?? 'auto', threads: undefined }, context);
  return { model, engine, opened, template };
}
