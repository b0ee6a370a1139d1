/** One module that LoRA changes: the names and shapes of its factors. */
import { WeftError } from '@weft/errors';
import type { ModuleSite } from '../base-tensors.ts';
import { selectTargets } from '../targets.ts';
import { type LoraConfig, type LoraInitialization, type Scaling, scalingOf } from './lora-config.ts';

export interface LoraTarget extends Scaling {
  readonly site: ModuleSite;
  readonly isEmbedding: boolean;
  /** Number of its dropout mask. */
  readonly stream: number;
  /** Parameter names: A [rank, in] (embedding: [vocabulary, rank]), B [out, rank], the bias [out] or null. */
  readonly a: string;
  readonly b: string;
  readonly bias: string | null;
  /** The sizes of the map: from `fanIn` to `fanOut` features; an embedding maps from the vocabulary. */
  readonly fanIn: number;
  readonly fanOut: number;
}

/** @throws WeftError `PEFT_NO_TARGETS`, `PEFT_TARGET_UNSUPPORTED`, `PEFT_LORA_BIAS_UNSUPPORTED`, `PEFT_PATTERN_INVALID`, `PEFT_INITIALIZATION_UNFIT`. */
export function describeTargets(
  config: LoraConfig,
  sites: readonly ModuleSite[],
): ReadonlyMap<string, LoraTarget> {
  const selected = selectTargets(sites, config);
  return new Map(selected.map((site, index) => [site.name, describeTarget(config, site, index)]));
}

function describeTarget(config: LoraConfig, site: ModuleSite, stream: number): LoraTarget {
  const isEmbedding = site.kind === 'embedding';
  if (config.loraBias && (isEmbedding || site.isHead)) throw biasUnsupported(site);
  const part = (factor: string): string =>
    isEmbedding ? `${site.name}.lora_embedding_${factor}` : `${site.name}.lora_${factor}.weight`;
  const [fanIn, fanOut] = isEmbedding
    ? [site.outFeatures, site.inFeatures]
    : [site.inFeatures, site.outFeatures];
  const bias = config.loraBias ? `${site.name}.lora_B.bias` : null;
  const names = { a: part('A'), b: part('B'), bias };
  const target = { site, isEmbedding, stream, fanIn, fanOut, ...names, ...scalingOf(config, site.name) };
  requireFit(config.initialization, target);
  return target;
}

function biasUnsupported(site: ModuleSite): WeftError {
  return new WeftError({
    code: 'PEFT_LORA_BIAS_UNSUPPORTED',
    kind: 'invalid',
    message: `${site.name} is ${site.isHead ? 'the output head' : 'an embedding'}, which takes no bias of LoRA`,
    field: 'loraBias',
    value: true,
    remedy: `leave loraBias out, or take ${site.name} out of the target modules`,
  });
}

/** PiSSA and OLoRA take factors out of the base weight: it must have them, and lie apart from the loss. */
function requireFit(initialization: LoraInitialization, target: LoraTarget): void {
  const { site, rank, alpha, isEmbedding, fanIn, fanOut } = target;
  if (initialization === 'orthogonal' && !isEmbedding && rank % 2 !== 0) {
    throw unfit(initialization, `needs an even rank; ${site.name} has ${rank}`);
  }
  if (isEmbedding || (initialization !== 'pissa' && initialization !== 'olora')) return;
  if (site.isHead) throw unfit(initialization, `does not work on the output head ${site.name}`);
  if (alpha <= 0) throw unfit(initialization, `needs alpha above 0; ${site.name} has ${alpha}`);
  if (rank > Math.min(fanIn, fanOut)) {
    throw unfit(
      initialization,
      `of rank ${rank} asks for more than ${site.name} has ([${fanOut}, ${fanIn}])`,
    );
  }
}

function unfit(initialization: LoraInitialization, fault: string): WeftError {
  return new WeftError({
    code: 'PEFT_INITIALIZATION_UNFIT',
    kind: 'invalid',
    message: `the initialization ${initialization} ${fault}`,
    field: 'initialization',
    value: initialization,
    remedy: 'choose another rank, other target modules or the default initialization',
  });
}
