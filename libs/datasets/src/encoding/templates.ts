import { datasetError } from '../errors.ts';

/** How a row becomes text: the model's own chat template, the built-in one of tutorials, or nothing around it. */
export const templates = ['chat', 'human-assistant', 'none'] as const;

export type Template = (typeof templates)[number];

/** Checks a template name that a user gave. */
export function parseTemplate(name: string): Template {
  const template = templates.find((known) => known === name);
  if (template !== undefined) return template;
  throw datasetError({
    code: 'DATASET_UNKNOWN_TEMPLATE',
    message: `there is no template "${name}"`,
    field: 'template',
    value: name,
    remedy: `Choose one of ${templates.join(', ')}.`,
  });
}
