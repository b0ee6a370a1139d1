/** The Programs of a decoder: one that computes the loss of packed rows, one that continues sequences from a cache. */
import { ops, type Program, ProgramBuilder, type Value } from '@weft/engine';
import type { Architecture, DecoderConfig } from './decoder-config.ts';
import { buildGpt2 } from './gpt2.ts';
import { buildLlama } from './llama.ts';
import { ModelGraph, type ModelHooks } from './model-graph.ts';

const trunks: Readonly<Record<Architecture, (graph: ModelGraph) => Value>> = {
  llama: buildLlama,
  mistral: buildLlama,
  qwen2: buildLlama,
  qwen3: buildLlama,
  gpt2: buildGpt2,
};

export interface LossProgramOptions {
  readonly hooks?: readonly ModelHooks[];
  /** Whether gradients will be taken; then the loss also computes them for its inputs. */
  readonly training: boolean;
}

/**
 * Inputs `ids` [tokens], `positions` [tokens], `sequenceStarts` [sequenceBounds], `labelRows` [labels] (rows whose next
 * token is labelled), `targets` [labels], `lossScale` [1]; outputs `loss` [1] and `logProbabilities` [labels].
 */
export function buildLossProgram(config: DecoderConfig, options: LossProgramOptions): Program {
  const builder = new ProgramBuilder();
  const graph = new ModelGraph(builder, config, { hooks: options.hooks ?? [], cached: false });
  const hidden = trunks[config.architecture](graph);
  const labelRows = builder.input('labelRows', ['labels'], 'i32');
  const labelled = builder.compute(ops.gatherRows, [hidden, labelRows]);
  const targets = builder.input('targets', ['labels'], 'i32');
  const lossScale = builder.input('lossScale', [1]);
  const head = headWeight(graph);
  const attributes = {
    gradient: options.training ? 1 : 0,
    weightGradient: options.training && head.kind === 'parameter' ? 1 : 0,
  };
  const lowRank = graph.headLowRank(labelled);
  const inputs = [labelled, head, targets, lossScale, lowRank?.input ?? null, lowRank?.weight ?? null];
  const outputs = builder.apply(ops.linearCrossEntropy, inputs, { attributes });
  const [loss, logProbabilities] = outputs;
  if (loss !== undefined) builder.output('loss', loss);
  if (logProbabilities !== undefined) builder.output('logProbabilities', logProbabilities);
  return builder.build();
}

/**
 * Inputs as above without labels, `cacheStarts` and `cacheLengths` [sequences], `lastRows` [sequences]; states
 * `cache.<layer>.keys|values` [cacheRows, kvHeads * headDim]; output `logits` [sequences, vocabulary] of `lastRows`.
 */
export function buildDecodeProgram(config: DecoderConfig, hooks: readonly ModelHooks[] = []): Program {
  const builder = new ProgramBuilder();
  const graph = new ModelGraph(builder, config, { hooks, cached: true });
  const hidden = trunks[config.architecture](graph);
  const lastRows = builder.input('lastRows', ['sequences'], 'i32');
  const last = builder.compute(ops.gatherRows, [hidden, lastRows]);
  builder.output('logits', headLinear(graph, last));
  return builder.build();
}

/** Output `logits` [tokens, vocabulary] of every token: for tests and export, on small inputs. */
export function buildLogitsProgram(config: DecoderConfig, hooks: readonly ModelHooks[] = []): Program {
  const builder = new ProgramBuilder();
  const graph = new ModelGraph(builder, config, { hooks, cached: false });
  builder.output('logits', headLinear(graph, trunks[config.architecture](graph)));
  return builder.build();
}

const embeddingNames: Readonly<Record<Architecture, string>> = {
  llama: 'model.embed_tokens',
  mistral: 'model.embed_tokens',
  qwen2: 'model.embed_tokens',
  qwen3: 'model.embed_tokens',
  gpt2: 'transformer.wte',
};

export function embeddingModule(config: DecoderConfig): string {
  return embeddingNames[config.architecture];
}

function headWeight(graph: ModelGraph): Value {
  const { tiedHead, vocabularySize, hiddenSize } = graph.config;
  const untied = graph.tensor('lm_head.weight', vocabularySize, hiddenSize);
  const isReplaced = untied.kind !== 'weight';
  return tiedHead && !isReplaced
    ? graph.tensor(`${embeddingModule(graph.config)}.weight`, vocabularySize, hiddenSize)
    : untied;
}

function headLinear(graph: ModelGraph, x: Value): Value {
  const logits = graph.builder.compute(ops.linear, [x, headWeight(graph), null, null], {
    attributes: { alpha: 1 },
  });
  const lowRank = graph.headLowRank(x);
  if (lowRank === null) return logits;
  return graph.builder.compute(ops.linear, [lowRank.input, lowRank.weight, null, logits], {
    attributes: { alpha: 1 },
  });
}
