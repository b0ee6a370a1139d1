import { defaultAdapterOptions } from '@weft/peft';
import { defaultRecipe } from '@weft/training';
import { adapterOptions, dtypeOption, modelNameOption, rowOptions } from './model-options.ts';
import { define, type OptionValues } from './option-table.ts';
import { choice, flag, integer, layers, moduleNames, names, number, pattern, text } from './option-types.ts';

const adapter = defaultAdapterOptions;
const recipe = defaultRecipe;
const standard = (value: unknown) => ({ standard: String(value) });

/** What `weft tune` and `weft estimate` take, on the command line and in `--config`. */
export const tuneOptions = {
  model: modelNameOption,
  data: define(text('FILE'), 'rows to learn: JSONL, JSON, CSV, Parquet, or a folder of save_to_disk'),
  output: define(text('DIR'), 'where the adapter goes'),
  method: define(choice(['lora', 'ia3', 'prefix', 'full']), 'what is trained', standard(adapter.method)),
  rank: define(integer({ atLeast: 1 }), "LoRA's rank", standard(adapter.rank)),
  alpha: define(
    number({ above: 0 }),
    "LoRA's alpha; the update is scaled by alpha / rank",
    standard(adapter.alpha),
  ),
  dropout: define(
    number({ atLeast: 0, below: 1 }),
    "dropout of the adapter's input",
    standard(adapter.dropout),
  ),
  targetModules: define(
    moduleNames,
    'modules to adapt, or all-linear, or regex: and an expression for whole names',
    { standard: "the attention's projections" },
  ),
  useRslora: define(flag, 'scale by alpha / sqrt(rank)', standard(false)),
  rankPattern: define(pattern, 'ranks of modules whose names match'),
  alphaPattern: define(pattern, 'alphas of modules whose names match'),
  layers: define(layers, 'only these layers'),
  loraBias: define(flag, 'give LoRA a bias', standard(false)),
  bias: define(choice(['none', 'all', 'lora_only']), 'biases of the base to train', standard(adapter.bias)),
  modulesToSave: define(names, 'modules to train whole'),
  initialization: define(
    choice(['default', 'gaussian', 'orthogonal', 'pissa', 'olora']),
    'first values of LoRA',
    standard(adapter.initialization),
  ),
  virtualTokens: define(integer({ atLeast: 1 }), "the prefix's length", standard(adapter.virtualTokens)),
  prefixProjection: define(flag, 'train the prefix through a network', standard(false)),
  learningRate: define(number({ above: 0 }), 'highest learning rate', standard(recipe.learningRate)),
  epochs: define(integer({ atLeast: 1 }), 'times that all rows are seen', standard(recipe.epochs)),
  maxSteps: define(integer({ atLeast: 1 }), 'optimizer steps, instead of epochs'),
  ...rowOptions,
  gradientAccumulationSteps: define(
    integer({ atLeast: 1 }),
    'batches of one optimizer step',
    standard(recipe.gradientAccumulationSteps),
  ),
  schedule: define(
    choice(['linear', 'cosine', 'constant']),
    'of the learning rate',
    standard(recipe.schedule),
  ),
  warmupSteps: define(integer({ atLeast: 0 }), 'steps up to the full rate', standard(recipe.warmupSteps)),
  weightDecay: define(number({ atLeast: 0 }), "AdamW's", standard(recipe.weightDecay)),
  adamBeta1: define(number({ atLeast: 0, below: 1 }), "AdamW's", standard(recipe.adamBeta1)),
  adamBeta2: define(number({ atLeast: 0, below: 1 }), "AdamW's", standard(recipe.adamBeta2)),
  adamEpsilon: define(number({ above: 0 }), "AdamW's", standard(recipe.adamEpsilon)),
  maxGradientNorm: define(
    number({ atLeast: 0 }),
    'larger gradients are scaled down to it; 0 for never',
    standard(recipe.maxGradientNorm),
  ),
  seed: define(
    integer({ atLeast: 0, below: 2 ** 31 }),
    'of first values, order and dropout',
    standard(recipe.seed),
  ),
  shuffle: define(flag, 'a new order of rows each epoch', standard(true)),
  logEvery: define(integer({ atLeast: 1 }), 'steps between reports', standard(10)),
  saveEvery: define(integer({ atLeast: 1 }), 'steps between checkpoints', { standard: 'each epoch' }),
  saveTotal: define(integer({ atLeast: 1 }), 'newest checkpoints that are kept', standard(2)),
  evaluationData: define(text('FILE'), 'held-out rows'),
  evaluateEvery: define(integer({ atLeast: 1 }), 'steps between evaluations', { standard: 'each epoch' }),
  dtype: dtypeOption,
  threads: define(integer({ atLeast: 1 }), 'threads of the engine', {
    standard: 'as many as can run at once',
  }),
  fromAdapter: define(text('DIR'), 'an adapter to go on from'),
  allowOtherBase: adapterOptions.allowOtherBase,
  resume: define(flag, 'go on from the newest checkpoint in DIR'),
  overwrite: define(flag, 'replace the run in DIR'),
};

export type TuneOptions = OptionValues<typeof tuneOptions>;
