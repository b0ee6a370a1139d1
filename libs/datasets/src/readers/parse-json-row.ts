import { datasetError } from '../errors.ts';

const describe = (value: unknown): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
};

/** Parses the JSON of one row; `whenDamaged` is the remedy where it is no JSON. */
export function parseJsonRow(text: string, place: string, whenDamaged: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\s+/g, ' ').slice(0, 200) : String(error);
    throw datasetError({
      code: 'DATASET_BAD_JSON',
      message: `${place} is not valid JSON: ${reason}`,
      field: place,
      value: text,
      remedy: whenDamaged,
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw datasetError({
      code: 'DATASET_ROW_NO_OBJECT',
      message: `${place} is ${describe(value)}, but every row must be a JSON object`,
      field: place,
      value,
      remedy: 'Write every row as an object, such as {"instruction": "…", "output": "…"}.',
    });
  }
  return value as Record<string, unknown>;
}
