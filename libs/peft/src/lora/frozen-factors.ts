/** The initial factors of PiSSA and OLoRA as frozen weights of their own: the base weight itself stays as it is. */
import type { FrozenMatrix } from '../adapter.ts';
import type { BaseTensors } from '../base-tensors.ts';
import type { InitialFactors } from './initialisation.ts';
import type { LoraTarget } from './lora-target.ts';

export function frozenNames({ site }: LoraTarget): { readonly a: string; readonly b: string } {
  return { a: `${site.name}.lora_A.initial`, b: `${site.name}.lora_B.initial` };
}

export function frozenFactors(
  targets: Iterable<LoraTarget>,
  factors: InitialFactors,
  base: BaseTensors,
): ReadonlyMap<string, FrozenMatrix> {
  const frozen = new Map<string, FrozenMatrix>();
  for (const target of targets) {
    if (!factors.isDecomposed(target)) continue;
    const { rank, fanIn, fanOut } = target;
    const names = frozenNames(target);
    const { a, b } = factors.of(target, base);
    frozen.set(names.a, { values: a, rows: rank, columns: fanIn });
    frozen.set(names.b, { values: b, rows: fanOut, columns: rank });
  }
  return frozen;
}
