/** The texts of the files of a Hugging Face folder that make a tokenizer. */
export interface TokenizerFiles {
  /** Where they come from, for messages: a folder or a GGUF file. */
  readonly place: string;
  readonly tokenizerJson: string;
  readonly tokenizerConfig?: string | undefined;
  readonly specialTokensMap?: string | undefined;
  readonly generationConfig?: string | undefined;
  /** The model's `config.json`; its end tokens count where there is no generation configuration. */
  readonly modelConfig?: string | undefined;
  /** By name: `chat_template.jinja` is `default`, `chat_templates/NAME.jinja` is NAME. */
  readonly chatTemplates?: ReadonlyMap<string, string> | undefined;
}

export const fileNames = {
  tokenizerJson: 'tokenizer.json',
  tokenizerConfig: 'tokenizer_config.json',
  specialTokensMap: 'special_tokens_map.json',
  generationConfig: 'generation_config.json',
  modelConfig: 'config.json',
} as const;

export const templateFile = (name: string): string =>
  name === 'default' ? 'chat_template.jinja' : `chat_templates/${name}.jinja`;
