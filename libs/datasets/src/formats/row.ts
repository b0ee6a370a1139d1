export type Role = 'system' | 'user' | 'assistant' | 'tool' | 'developer';

/** A type and no interface, so that it fits templates that take messages with any further fields. */
export type ChatMessage = {
  readonly role: Role;
  readonly content: string;
};

export interface AlpacaContent {
  readonly kind: 'alpaca';
  readonly instruction: string;
  /** Empty where the row has none. */
  readonly input: string;
  readonly output: string;
}

export interface PromptContent {
  readonly kind: 'prompt-completion';
  readonly prompt: string;
  readonly completion: string;
}

export interface ChatContent {
  readonly kind: 'messages';
  readonly messages: readonly ChatMessage[];
}

export interface TextContent {
  readonly kind: 'text';
  readonly text: string;
}

export type RowContent = AlpacaContent | PromptContent | ChatContent | TextContent;

/** One row of a data set, checked and independent of the file it came from. */
export interface DatasetRow {
  /** From 0, in file order. */
  readonly index: number;
  /** Where it stands, for messages: `train.jsonl:12` or `train.parquet row 12`. */
  readonly place: string;
  readonly content: RowContent;
}
