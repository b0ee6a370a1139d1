export { type Dataset, type OpenDatasetOptions, openDataset } from './dataset.ts';
export {
  type EncodeDatasetOptions,
  type EncodedDataset,
  type EncodeReport,
  encodeDataset,
} from './encoding/encode-dataset.ts';
export { encodePrompt, type PromptInput } from './encoding/encode-prompt.ts';
export {
  createRowEncoder,
  type DropReason,
  type EncodedRow,
  type EncodeOptions,
  encodeRow,
} from './encoding/encode-row.ts';
export { type EncodedRows, EncodedRowsBuilder } from './encoding/encoded-rows.ts';
export { unlabelled } from './encoding/pieces.ts';
export type { RowTokenizer } from './encoding/row-tokenizer.ts';
export { parseTemplate, type Template, templates } from './encoding/templates.ts';
export {
  type ColumnMap,
  type DatasetFormat,
  datasetFormats,
  parseColumnMap,
  parseDatasetFormat,
} from './formats/format.ts';
export type {
  AlpacaContent,
  ChatContent,
  ChatMessage,
  DatasetRow,
  PromptContent,
  Role,
  RowContent,
  TextContent,
} from './formats/row.ts';
export { jsonlSource } from './readers/jsonl.ts';
export { openSource } from './readers/open-source.ts';
export type { FileKind, RawRow, ReadOptions, RowSource } from './readers/row-source.ts';
