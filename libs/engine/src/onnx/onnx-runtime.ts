/** The part of onnxruntime-node that is used here. It is installed only where tests or exports need it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export type TensorArray = Float32Array | Float64Array | Int32Array;

export interface OnnxTensor {
  readonly data: TensorArray;
}

export interface OnnxSession {
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
}

export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: Readonly<Record<string, number | string>>): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: string, data: TensorArray, shape: readonly number[]) => OnnxTensor;
}

/** Loads onnxruntime-node from `folder`/node_modules; null where it is not installed. */
export function loadOnnxRuntime(folder: string): OnnxRuntime | null {
  const manifest = join(folder, 'node_modules/onnxruntime-node/package.json');
  return existsSync(manifest) ? (createRequire(manifest)('onnxruntime-node') as OnnxRuntime) : null;
}
