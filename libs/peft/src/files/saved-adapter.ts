/** What an adapter's folder holds, before it is written. */
import type { JsonObject } from '@weft/models';
import type { AdapterParameter, ParameterValues } from '../adapter.ts';
import type { BaseTensors } from '../base-tensors.ts';

export interface ParameterFile {
  /** The key in the safetensors file, complete. */
  readonly key: string;
  /** The shape in the file. */
  readonly shape: readonly number[];
  /** The file holds the transpose of the engine's matrix. */
  readonly transposed: boolean;
}

export interface FileTensor {
  readonly key: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface SavedAdapter {
  /** The method's own keys of `adapter_config.json`, `peft_type` among them. */
  readonly config: JsonObject;
  readonly tensors: readonly FileTensor[];
}

export interface SaveSource {
  readonly values: ParameterValues;
  readonly base: BaseTensors;
}

/** Before every key of a tensor that belongs to a module. */
export const keyPrefix = 'base_model.model.';

/** The tensors of parameters that the file holds as they are. */
export function parameterTensors(
  parameters: readonly AdapterParameter[],
  values: ParameterValues,
): readonly FileTensor[] {
  return parameters.flatMap(({ name, shape, file }) => {
    if (file === null) return [];
    const [rows = 1, columns = 1] = shape;
    const stored = file.transposed ? transpose(values(name), rows, columns) : values(name);
    return [{ key: file.key, shape: file.shape, values: stored }];
  });
}

/** Of a row-major matrix [rows, columns]. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column] ?? 0;
    }
  }
  return result;
}
