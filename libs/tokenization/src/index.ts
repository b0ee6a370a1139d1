export type { ChatMessage, ChatOptions } from './chat/chat-template.ts';
export type { TokenizerFiles } from './files/tokenizer-files.ts';
export type { GgufTokenizerMetadata } from './gguf/gguf-tokenizer.ts';
export { type LoadOptions, loadTokenizer, type TokenizerSource } from './load-tokenizer.ts';
export type { StreamDecoder } from './stream-decoder.ts';
export type { DecodeOptions, EncodeOptions, Tokenizer } from './tokenizer.ts';
