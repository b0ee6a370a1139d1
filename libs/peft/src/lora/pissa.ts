/** PiSSA (Meng et al. 2024): the factors start as the base weight's largest singular values and vectors. */
import { largestSingularTriplets } from '../linear-algebra/svd.ts';
import type { Factors } from './initialisation.ts';
import type { LoraTarget } from './lora-target.ts';

/** With W = U S Vᵀ: A = sqrt(S_r / s) V_rᵀ, B = U_r sqrt(S_r / s), so that s B A is W's best approximation of rank r. */
export function pissaFactors(weight: Float32Array, target: LoraTarget): Factors {
  const { rank, fanIn, fanOut, scaling } = target;
  const triplets = largestSingularTriplets(weight, { rows: fanOut, columns: fanIn, count: rank });
  const a = new Float32Array(rank * fanIn);
  const b = new Float32Array(fanOut * rank);
  triplets.forEach(({ value, left, right }, k) => {
    const factor = Math.sqrt(value / scaling);
    for (let i = 0; i < fanIn; i++) a[k * fanIn + i] = factor * (right[i] ?? 0);
    for (let row = 0; row < fanOut; row++) b[row * rank + k] = factor * (left[row] ?? 0);
  });
  return { a, b };
}
