/** Options that several commands share. */
import { datasetFormats, templates } from '@weft/datasets';
import { define } from './option-table.ts';
import { choice, columns, flag, integer, text } from './option-types.ts';

export const modelNameOption = define(
  text('NAME'),
  'smollm2-135m-instruct, hf://owner/name, a folder or a .gguf file',
);

export const dtypeOption = define(choice(['auto', 'float32', 'bfloat16']), 'how matrices are multiplied', {
  standard: 'auto: the faster on this machine',
});

export const adapterOptions = {
  adapter: define(text('DIR'), 'an adapter, as weft tune or Hugging Face PEFT wrote it'),
  allowOtherBase: define(flag, 'use the adapter on other weights than it was trained on'),
};

const templateWords = 'how a row becomes text';

export const templateOption = define(choice(templates), templateWords, {
  standard: "the adapter's own, else human-assistant",
});

export const rowOptions = {
  template: define(choice(templates), templateWords, { standard: 'human-assistant' }),
  maxLength: define(integer({ atLeast: 2 }), 'longest row in tokens; the end of a longer one is lost', {
    standard: '256',
  }),
  batchSize: define(integer({ atLeast: 1 }), 'rows of one batch', { standard: '8' }),
  format: define(choice(datasetFormats), 'what the columns mean', { standard: 'detected' }),
  columns: define(columns, 'names of columns, e.g. instruction=question,output=answer'),
};
