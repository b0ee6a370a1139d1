/// <reference lib="esnext.float16" />
/** Between fp32 and the float types of files, little-endian, rounding to the nearest and ties to even. */

import type { FloatDType } from './tensor-entry.ts';

/** The values of `bytes`, whose length is a multiple of the type's. F32 may share memory with `bytes`. */
export function decodeFloats(dtype: FloatDType, bytes: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  if (dtype === 'F32') return new Float32Array(buffer, byteOffset, byteLength / 4);
  if (dtype === 'F16') return new Float32Array(new Float16Array(buffer, byteOffset, byteLength / 2));
  const halves = new Uint16Array(buffer, byteOffset, byteLength / 2);
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

/** The bytes of `values` in that type. F32 is not copied. */
export function encodeFloats(dtype: FloatDType, values: Float32Array): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (dtype === 'F16') return new Uint8Array(new Float16Array(values).buffer);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) halves[i] = roundToBf16(bits[i] ?? 0);
  return new Uint8Array(halves.buffer);
}

function roundToBf16(bits: number): number {
  // NaN keeps its sign and stays NaN: rounding its payload could carry into infinity.
  if ((bits & 0x7fff_ffff) > 0x7f80_0000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
