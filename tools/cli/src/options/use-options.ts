/** Tables of the commands that use a model or an adapter. */
import { adapterOptions, dtypeOption, modelNameOption, rowOptions, templateOption } from './model-options.ts';
import { define } from './option-table.ts';
import { choice, flag, integer, number, text, texts } from './option-types.ts';

export const scoreOptions = {
  model: modelNameOption,
  ...adapterOptions,
  data: define(text('FILE'), 'rows to score'),
  ...rowOptions,
  template: templateOption,
  dtype: dtypeOption,
};

export const generateOptions = {
  model: modelNameOption,
  ...adapterOptions,
  prompt: define(text('TEXT'), 'what to answer; with --chat, left out for a conversation'),
  template: templateOption,
  chat: define(flag, "use the model's own chat template"),
  system: define(text('TEXT'), 'a system message, with --chat'),
  maxNewTokens: define(integer({ atLeast: 1 }), 'longest answer', { standard: '256' }),
  temperature: define(number({ atLeast: 0 }), 'of sampling; 0 for the most likely token', { standard: '0' }),
  topK: define(integer({ atLeast: 0 }), 'sample among the K most likely; 0 for all', { standard: '0' }),
  topP: define(number({ above: 0 }), 'sample among the most likely that reach this probability', {
    standard: '1',
  }),
  minP: define(number({ atLeast: 0 }), 'sample among those at least so likely, beside the most likely', {
    standard: '0',
  }),
  repetitionPenalty: define(number({ above: 0 }), 'above 1, tokens that occurred become less likely', {
    standard: '1',
  }),
  seed: define(integer({ atLeast: 0, below: 2 ** 31 }), 'of sampling', { standard: '42' }),
  stop: define(texts, 'end the answer before this text; may be repeated', { isRepeatable: true }),
  dtype: dtypeOption,
};

export const mergeOptions = {
  model: modelNameOption,
  ...adapterOptions,
  output: define(text('DIR'), 'where the merged model goes'),
  dtype: define(choice(['float32', 'float16', 'bfloat16']), 'of the written weights', {
    standard: "the base's own; bfloat16 for a quantised GGUF",
  }),
  overwrite: define(flag, 'replace a model in DIR'),
};

export const tokenizeOptions = {
  model: modelNameOption,
  text: define(text('TEXT'), 'a text to tokenise'),
  file: define(text('FILE'), 'rows with the field text'),
  columns: rowOptions.columns,
  maxLength: define(integer({ atLeast: 1 }), 'keep the first N tokens of a text', { standard: 'all' }),
};

export const quickstartOptions = {
  model: define(text('NAME'), 'the model to teach', { standard: 'smollm2-135m-instruct' }),
  output: define(text('DIR'), 'where adapters go, each run in a folder of its own', {
    standard: 'weft-quickstart',
  }),
  epochs: define(integer({ atLeast: 1 }), 'times that all rows are seen'),
  maxSteps: define(integer({ atLeast: 1 }), 'optimizer steps, instead of epochs'),
  dtype: dtypeOption,
};
