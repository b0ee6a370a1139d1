/** The native addon's functions, in the order of their C++ counterparts (native/bridge). Handles are opaque. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { WeftError } from '@weft/errors';
import type { NumberArray } from '../executor.ts';

declare const handle: unique symbol;
type Handle<Kind extends string> = { readonly [handle]: Kind };
export type RuntimeHandle = Handle<'runtime'>;
export type FileHandle = Handle<'file'>;
export type WeightHandle = Handle<'weight'>;
export type SessionHandle = Handle<'session'>;

export interface Addon {
  createRuntime(threads: number, instructionSet: string): RuntimeHandle;
  runtimeInfo(runtime: RuntimeHandle): {
    readonly threads: number;
    readonly instructionSet: string;
    readonly cpu: string;
    readonly bf16: string;
    readonly scratchBytes: number;
  };
  measureProducts(runtime: RuntimeHandle, compute: number): Promise<number>;
  openFile(path: string): FileHandle;
  openWeight(file: FileHandle, storage: string, numbers: Float64Array): WeightHandle;
  memoryWeight(values: Float32Array, rows: number, columns: number): WeightHandle;
  readWeightRows(weight: WeightHandle, first: number, count: number, out: Float32Array): void;
  weightInfo(weight: WeightHandle): {
    readonly rows: number;
    readonly cols: number;
    readonly packedBytes: number;
  };
  compile(
    runtime: RuntimeHandle,
    ops: readonly string[],
    nodes: Float64Array,
    values: Float64Array,
    weights: readonly WeightHandle[],
    capacity: Float64Array,
    scalars: Float64Array,
  ): Promise<SessionHandle>;
  bind(session: SessionHandle, index: number, array: NumberArray): void;
  run(session: SessionHandle, symbols: Float64Array, cancel: Int32Array): Promise<boolean>;
  nodeSeconds(session: SessionHandle): Float64Array;
}

const addonPath = fileURLToPath(new URL('../../native/build/weft.node', import.meta.url));

export function loadAddon(): Addon {
  if (!existsSync(addonPath)) {
    throw new WeftError({
      code: 'ENGINE_NOT_BUILT',
      kind: 'machine',
      message: 'the native engine is not built',
      field: 'libs/engine/native/build/weft.node',
      remedy: 'run `npm run build` in the repository',
    });
  }
  return createRequire(import.meta.url)(addonPath) as Addon;
}
