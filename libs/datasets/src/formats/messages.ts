import { datasetError } from '../errors.ts';
import type { ChatMessage, Role } from './row.ts';

const roles: readonly Role[] = ['system', 'user', 'assistant', 'tool', 'developer'];

const shareGptRoles: Readonly<Record<string, Role>> = {
  system: 'system',
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  assistant: 'assistant',
};

interface Spot {
  readonly place: string;
  readonly column: string;
}

function bad(spot: Spot, what: string, value: unknown): Error {
  return datasetError({
    code: 'DATASET_BAD_MESSAGES',
    message: `${spot.place}: column "${spot.column}" ${what}`,
    field: spot.place,
    value,
    remedy:
      'Write the conversation as a list of {"role": "user" or "assistant" or "system", "content": "text"}.',
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Hugging Face stores a sequence of records as a record of sequences: {role: [...], content: [...]}. */
function asList(value: unknown): unknown {
  if (!isObject(value)) return value;
  const lists = Object.entries(value);
  const length = Array.isArray(lists[0]?.[1]) ? lists[0][1].length : -1;
  if (length < 0 || !lists.every(([, list]) => Array.isArray(list) && list.length === length)) return value;
  return Array.from({ length }, (_, index) =>
    Object.fromEntries(lists.map(([name, list]) => [name, (list as readonly unknown[])[index]])),
  );
}

/** Content is text, or a list of parts that are all text. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const parts = content.map((part: unknown) =>
    isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string' ? part['text'] : undefined,
  );
  return parts.includes(undefined) ? undefined : parts.join('');
}

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

function entriesOf(value: unknown, spot: Spot): readonly Record<string, unknown>[] {
  const list = asList(value);
  if (!Array.isArray(list)) throw bad(spot, 'is no list of messages', value);
  if (list.length === 0) throw bad(spot, 'is an empty conversation', value);
  return list.map((entry: unknown, index) => {
    if (!isObject(entry)) throw bad(spot, `has a message ${index} that is no object`, entry);
    return entry;
  });
}

/** OpenAI's form: role and content. Tool calls are refused, since dropping them would change the conversation. */
export function parseMessages(value: unknown, spot: Spot): readonly ChatMessage[] {
  return entriesOf(value, spot).map((entry, index) => {
    const role = roles.find((known) => known === entry['role']);
    if (role === undefined)
      throw bad(spot, `has a message ${index} with the unknown role`, entry['role'] ?? null);
    if (!isNothing(entry['tool_calls']))
      throw bad(spot, `has tool calls in message ${index}, which are not supported`, entry);
    const content = textOf(entry['content']);
    if (content === undefined)
      throw bad(spot, `has a message ${index} whose content is no text`, entry['content'] ?? null);
    return { role, content };
  });
}

/** ShareGPT's form: from (human, gpt, system) and value. */
export function parseShareGpt(value: unknown, spot: Spot): readonly ChatMessage[] {
  return entriesOf(value, spot).map((entry, index) => {
    const from = entry['from'];
    const role =
      typeof from === 'string' && Object.hasOwn(shareGptRoles, from) ? shareGptRoles[from] : undefined;
    if (role === undefined) throw bad(spot, `has a message ${index} from the unknown speaker`, from ?? null);
    const content = entry['value'];
    if (typeof content !== 'string')
      throw bad(spot, `has a message ${index} whose value is no text`, content ?? null);
    return { role, content };
  });
}
