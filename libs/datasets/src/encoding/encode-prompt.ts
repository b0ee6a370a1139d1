import { datasetError } from '../errors.ts';
import type { ChatMessage } from '../formats/row.ts';
import type { EncodeOptions } from './encode-row.ts';
import { humanAssistantPrompt, joinInstruction } from './human-assistant.ts';
import { createPieceEncoder } from './row-texts.ts';
import type { Template } from './templates.ts';

/** A question to which the model is to find the answer. */
export type PromptInput =
  | { readonly instruction: string; readonly input?: string | undefined }
  | { readonly messages: readonly ChatMessage[] };

function wordPrompt(prompt: PromptInput, template: Exclude<Template, 'chat'>): string {
  if ('messages' in prompt) {
    throw datasetError({
      code: 'DATASET_TEMPLATE_UNFIT',
      message: `a conversation needs the template chat, not ${template}`,
      field: 'template',
      value: template,
      remedy: 'Use the template chat.',
    });
  }
  const { instruction, input = '' } = prompt;
  return template === 'none' ? joinInstruction(instruction, input) : humanAssistantPrompt(instruction, input);
}

/** The ids before the answer, exactly as training saw them: what generation starts from. */
export function encodePrompt(prompt: PromptInput, options: Omit<EncodeOptions, 'maxLength'>): Int32Array {
  const { tokenizer, template } = options;
  if (template === 'chat') {
    const messages: readonly ChatMessage[] =
      'messages' in prompt
        ? prompt.messages
        : [{ role: 'user', content: joinInstruction(prompt.instruction, prompt.input ?? '') }];
    const text = tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true });
    return Int32Array.from(tokenizer.encode(text, { addSpecialTokens: false }));
  }
  const text = wordPrompt(prompt, template);
  const [piece] = createPieceEncoder(tokenizer)([{ text, isLabelled: false, isStart: true, isEnded: false }]);
  return Int32Array.from(piece?.ids ?? []);
}
