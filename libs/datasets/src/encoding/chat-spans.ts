import { datasetError } from '../errors.ts';
import type { ChatMessage } from '../formats/row.ts';
import type { RowTokenizer } from './row-tokenizer.ts';

/** Text [start, end) of a rendered conversation that an assistant said, its end-of-turn token included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface RenderedChat {
  readonly text: string;
  readonly spans: readonly Span[];
}

type Render = (messages: readonly ChatMessage[], addGenerationPrompt: boolean) => string;

/** Private-use characters: no template and no real content contains them. */
const probe = '\uE0F1\uE0F2';

function commonPrefix(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length++;
  return length;
}

function commonSuffix(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left.at(-1 - length) === right.at(-1 - length)) length++;
  return length;
}

/** Where the content of one message lies in the rendering, found by rendering it with other content. */
function contentSpan(render: Render, messages: readonly ChatMessage[], index: number): Span | undefined {
  const text = render(messages, false);
  const probed = render(
    messages.map((message, at) => (at === index ? { ...message, content: probe } : message)),
    false,
  );
  const start = commonPrefix(text, probed);
  if (!probed.startsWith(probe, start)) return undefined;
  return { start, end: text.length - commonSuffix(text.slice(start), probed.slice(start + probe.length)) };
}

/**
 * Where templates word earlier turns otherwise than the last (thinking left out), prefixes of the conversation do not
 * render to prefixes of its text. Then the answer is its content and the end of turn that follows it in its own prefix.
 */
function probedSpan(render: Render, messages: readonly ChatMessage[], index: number): Span | undefined {
  const whole = contentSpan(render, messages, index);
  const upTo = messages.slice(0, index + 1);
  const own = contentSpan(render, upTo, index);
  if (whole === undefined || own === undefined) return undefined;
  const text = render(messages, false);
  const opening = render(messages.slice(0, index), true);
  const ending = render(upTo, false).slice(own.end);
  const start = text.startsWith(opening) && opening.length <= whole.start ? opening.length : whole.start;
  return { start, end: whole.end + commonPrefix(text.slice(whole.end), ending) };
}

/** `text` is the whole conversation. */
function answerSpan(
  render: Render,
  messages: readonly ChatMessage[],
  { index, text }: { readonly index: number; readonly text: string },
): Span | undefined {
  const opening = render(messages.slice(0, index), true);
  const closed = index === messages.length - 1 ? text : render(messages.slice(0, index + 1), false);
  if (text.startsWith(closed) && closed.startsWith(opening) && closed.length > opening.length) {
    return { start: opening.length, end: closed.length };
  }
  return probedSpan(render, messages, index);
}

function templateFault(place: string, what: string, cause?: unknown): Error {
  return datasetError({
    code: 'DATASET_TEMPLATE_UNFIT',
    message: `${place}: ${what}`,
    field: place,
    remedy: 'Correct the conversation, or use the template human-assistant.',
    cause,
  });
}

/** Renders a conversation with the model's template and finds what `answers` (indices of messages) became. */
export function renderChat(
  tokenizer: RowTokenizer,
  messages: readonly ChatMessage[],
  { answers, place }: { readonly answers: readonly number[]; readonly place: string },
): RenderedChat {
  const render: Render = (part, addGenerationPrompt) => {
    try {
      return tokenizer.applyChatTemplate(part, { addGenerationPrompt });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw templateFault(place, `the model's chat template refuses the conversation: ${reason}`, error);
    }
  };
  const text = render(messages, false);
  const spans: Span[] = [];
  for (const index of answers) {
    const span = answerSpan(render, messages, { index, text });
    const end = spans.at(-1)?.end ?? 0;
    if (span === undefined || span.start < end || span.end <= span.start) {
      throw templateFault(
        place,
        `message ${index} cannot be found in what the model's chat template makes of the conversation`,
      );
    }
    spans.push(span);
  }
  return { text, spans };
}
