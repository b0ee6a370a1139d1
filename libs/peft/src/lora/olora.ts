/** OLoRA (Büyükakyüz 2024): the factors start as the first r columns of Q and rows of R of W = Q R. */
import { orthonormalColumns } from '../linear-algebra/qr.ts';
import type { Factors } from './initialisation.ts';
import type { LoraTarget } from './lora-target.ts';

/** B A is the projection of `weight` [out, in] onto the space of its first r columns, whatever the signs in Q. */
export function oloraFactors(weight: Float32Array, { rank, fanIn, fanOut }: LoraTarget): Factors {
  const columns = new Float64Array(fanOut * rank);
  for (let row = 0; row < fanOut; row++) {
    for (let k = 0; k < rank; k++) columns[row * rank + k] = weight[row * fanIn + k] ?? 0;
  }
  const q = orthonormalColumns(columns, fanOut, rank);
  const r = new Float64Array(rank * fanIn);
  for (let row = 0; row < fanOut; row++) {
    for (let k = 0; k < rank; k++) {
      const factor = q[row * rank + k] ?? 0;
      for (let i = 0; i < fanIn; i++) {
        r[k * fanIn + i] = (r[k * fanIn + i] ?? 0) + factor * (weight[row * fanIn + i] ?? 0);
      }
    }
  }
  return { a: Float32Array.from(r), b: Float32Array.from(q) };
}
