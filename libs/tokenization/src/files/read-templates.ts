import { malformed, shown } from '../errors.ts';
import { isObject, parseObject } from './json-object.ts';
import { fileNames, type TokenizerFiles } from './tokenizer-files.ts';

const file = fileNames.tokenizerConfig;

function named(list: readonly unknown[]): ReadonlyMap<string, string> {
  const templates = new Map<string, string>();
  for (const [index, entry] of list.entries()) {
    const { name, template } = isObject(entry) ? entry : {};
    if (typeof name !== 'string' || typeof template !== 'string') {
      throw malformed(
        file,
        `chat_template[${index}]`,
        `must have a name and a template, not ${shown(entry)}`,
      );
    }
    templates.set(name, template);
  }
  return templates;
}

/**
 * The chat templates by name: those in files of their own, else those in `tokenizer_config.json` (one text, which is
 * then the default, or a list of named ones). Empty where the model has none.
 */
export function readChatTemplates(files: TokenizerFiles): ReadonlyMap<string, string> {
  if (files.chatTemplates !== undefined && files.chatTemplates.size > 0) return files.chatTemplates;
  const value = parseObject(file, files.tokenizerConfig ?? '{}')['chat_template'];
  if (value === undefined || value === null) return new Map();
  if (typeof value === 'string') return new Map([['default', value]]);
  if (Array.isArray(value)) return named(value);
  throw malformed(file, 'chat_template', `must be a text or a list of named templates, not ${shown(value)}`);
}
