/** The float type that a merged model has unless another is asked for. */
import type { BaseModel, FloatDType } from '@weft/models';

/** That of the base's matrices; bfloat16 for a quantised base. */
export function storedFloatDType(model: BaseModel): FloatDType {
  const bytes = new Map<string, number>();
  for (const { dtype, shape, sizeBytes } of model.checkpoint.tensors.values()) {
    if (shape.length === 2) bytes.set(dtype, (bytes.get(dtype) ?? 0) + sizeBytes);
  }
  const [most] = [...bytes].sort(([, a], [, b]) => b - a)[0] ?? [];
  return most === 'F32' || most === 'F16' ? most : 'BF16';
}
