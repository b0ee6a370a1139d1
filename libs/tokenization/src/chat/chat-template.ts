import type { WeftError } from '@weft/errors';
import { invalid } from '../errors.ts';
import { TemplateRenderer } from './template-renderer.ts';

/** One message of a conversation. Every field reaches the template as it is, those not named here too. */
export interface ChatMessage {
  readonly role: string;
  /** A text, or parts in the form that the template knows. */
  readonly content?: unknown;
  readonly name?: unknown;
  readonly tool_calls?: unknown;
  readonly tool_call_id?: unknown;
  readonly reasoning_content?: unknown;
}

export interface ChatOptions {
  /** Whether the text ends with the opening of an answer. Default false. */
  readonly addGenerationPrompt?: boolean | undefined;
  /** JSON schemas of functions the model may call. */
  readonly tools?: readonly object[] | undefined;
  readonly documents?: readonly object[] | undefined;
  /** Further variables that the template knows, e.g. `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

export interface ChatTemplateParts {
  readonly place: string;
  /** By name; see `readChatTemplates`. */
  readonly templates: ReadonlyMap<string, string>;
  /** `bos_token`, `eos_token`, … */
  readonly specialTokens: Readonly<Record<string, string>>;
}

const reasoningFields = ['reasoning_content', 'thinking', 'reasoning'] as const;

/** Fields that are null are left out, and reasoning is given under every name in use, as transformers does. */
function preparedMessage(message: ChatMessage): Readonly<Record<string, unknown>> {
  const fields = Object.entries(message).filter(([, value]) => value !== null && value !== undefined);
  const prepared: Record<string, unknown> = Object.fromEntries(fields);
  const reasoning = reasoningFields.map((field) => prepared[field]).find((value) => value !== undefined);
  if (reasoning === undefined) return prepared;
  return { thinking: reasoning, ...prepared, reasoning_content: reasoning };
}

function missing(place: string, names: readonly string[]): WeftError {
  return invalid({
    code: 'CHAT_TEMPLATE_MISSING',
    message:
      names.length === 0
        ? `${place} has no chat template`
        : `${place} has the chat templates ${names.join(', ')}, but none is called default`,
    field: 'chat_template',
    remedy: 'Use an instruction-tuned model, or the template human-assistant.',
  });
}

/** A model's own chat template. */
export class ChatTemplate {
  readonly #parts: ChatTemplateParts;
  readonly #renderer: TemplateRenderer;

  constructor(parts: ChatTemplateParts) {
    this.#parts = parts;
    this.#renderer = new TemplateRenderer(parts.place);
  }

  /** The template for conversations without tools, or null. */
  get text(): string | null {
    return this.#parts.templates.get('default') ?? null;
  }

  /** Throws WeftError: there is no template, it fails, or it refuses the conversation. */
  render(messages: readonly ChatMessage[], options: ChatOptions = {}): string {
    const { addGenerationPrompt = false, tools = null, documents = null, variables = {} } = options;
    const { specialTokens } = this.#parts;
    return this.#renderer.render(this.#choose(tools !== null), {
      ...specialTokens,
      ...variables,
      messages: messages.map(preparedMessage),
      tools,
      documents,
      add_generation_prompt: addGenerationPrompt,
    });
  }

  close(): void {
    this.#renderer.close();
  }

  #choose(hasTools: boolean): string {
    const { place, templates } = this.#parts;
    const template = (hasTools ? templates.get('tool_use') : undefined) ?? templates.get('default');
    if (template === undefined) throw missing(place, [...templates.keys()]);
    return template;
  }
}
