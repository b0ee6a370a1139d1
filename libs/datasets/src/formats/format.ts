import { datasetError } from '../errors.ts';

/** What the columns of a data set mean. */
export const datasetFormats = ['messages', 'sharegpt', 'prompt-completion', 'alpaca', 'text'] as const;

export type DatasetFormat = (typeof datasetFormats)[number];

/** Canonical field name to the column of the file that holds it. */
export type ColumnMap = Readonly<Record<string, string>>;

interface FormatFields {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

export const formatFields: Readonly<Record<DatasetFormat, FormatFields>> = {
  messages: { required: ['messages'], optional: [] },
  sharegpt: { required: ['conversations'], optional: [] },
  'prompt-completion': { required: ['prompt', 'completion'], optional: [] },
  alpaca: { required: ['instruction', 'output'], optional: ['input'] },
  text: { required: ['text'], optional: [] },
};

const allFieldsOf = (format: DatasetFormat): readonly string[] => [
  ...formatFields[format].required,
  ...formatFields[format].optional,
];

/** Checks a format name that a user gave. */
export function parseDatasetFormat(name: string): DatasetFormat {
  const format = datasetFormats.find((known) => known === name);
  if (format !== undefined) return format;
  throw datasetError({
    code: 'DATASET_UNKNOWN_FORMAT',
    message: `there is no data format "${name}"`,
    field: 'format',
    value: name,
    remedy: `Choose one of ${datasetFormats.join(', ')}.`,
  });
}

/** Parses `instruction=question,output=answer`. */
export function parseColumnMap(text: string): ColumnMap {
  const map: Record<string, string> = {};
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const field = part.slice(0, Math.max(0, at)).trim();
    const column = part.slice(at + 1).trim();
    if (at < 0 || field === '' || column === '' || Object.hasOwn(map, field)) {
      throw datasetError({
        code: 'DATASET_BAD_COLUMNS',
        message: `"${part}" does not map a field to a column`,
        field: 'columns',
        value: text,
        remedy:
          'Write FIELD=COLUMN pairs with commas between them, such as instruction=question,output=answer.',
      });
    }
    map[field] = column;
  }
  return map;
}

/** Refuses maps of fields that no format has, or that the forced format does not have. */
export function checkColumnMap(columns: ColumnMap, format: DatasetFormat | undefined): void {
  const known = format === undefined ? datasetFormats.flatMap(allFieldsOf) : allFieldsOf(format);
  for (const field of Object.keys(columns)) {
    if (known.includes(field)) continue;
    throw datasetError({
      code: 'DATASET_BAD_COLUMNS',
      message: `columns maps the field "${field}", which ${format === undefined ? 'no format' : `the format ${format}`} has`,
      field: 'columns',
      value: field,
      remedy: `Map one of the fields ${known.join(', ')}.`,
    });
  }
}

const columnOf = (field: string, columns: ColumnMap): string =>
  Object.hasOwn(columns, field) ? (columns[field] as string) : field;

/** The columns that the format reads, by field. */
export function columnsOfFormat(format: DatasetFormat, columns: ColumnMap): ReadonlyMap<string, string> {
  return new Map(allFieldsOf(format).map((field) => [field, columnOf(field, columns)]));
}

export interface DetectionInput {
  readonly path: string;
  /** The columns of the file, or the keys of its first row. */
  readonly names: readonly string[];
  readonly columns: ColumnMap;
}

/** The first format whose required fields are there and that has every mapped field. */
export function detectFormat({ path, names, columns }: DetectionInput): DatasetFormat {
  const mapped = Object.keys(columns);
  const missing = mapped.find((field) => !names.includes(columnOf(field, columns)));
  if (missing !== undefined) throw missingColumn(path, columnOf(missing, columns), names);
  const format = datasetFormats.find(
    (candidate) =>
      mapped.every((field) => allFieldsOf(candidate).includes(field)) &&
      formatFields[candidate].required.every((field) => names.includes(columnOf(field, columns))),
  );
  if (format !== undefined) return format;
  throw datasetError({
    code: 'DATASET_UNKNOWN_FORMAT',
    message: `the columns of ${path} (${names.join(', ')}) fit no format`,
    field: path,
    value: names.join(', '),
    remedy:
      'Name the columns messages, prompt and completion, instruction and output, or text; or map them, such as columns instruction=question,output=answer.',
  });
}

/** For a column that was asked for by name and is not there. */
export function missingColumn(place: string, column: string, names: readonly string[]): Error {
  return datasetError({
    code: 'DATASET_COLUMN_MISSING',
    message: `${place} has no column "${column}"`,
    field: place,
    value: column,
    remedy: `It has ${names.length === 0 ? 'no columns' : names.join(', ')}; correct the data, or map the field to another column with columns FIELD=COLUMN.`,
  });
}
