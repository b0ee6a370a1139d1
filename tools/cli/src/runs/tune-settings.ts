/** The options of a tuning run with the recipe's defaults filled in. */
import type { ColumnMap, DatasetFormat, Template } from '@weft/datasets';
import { parseColumnMap } from '@weft/datasets';
import type { ComputeType } from '@weft/engine';
import { type AdapterOptions, defaultAdapterOptions } from '@weft/peft';
import { defaultRecipe, type TrainingRecipe } from '@weft/training';
import { requireOption } from '../options/option-errors.ts';
import type { TuneOptions } from '../options/tune-options.ts';

export interface RowSettings {
  readonly template: Template;
  readonly maxLength: number;
  readonly batchSize: number;
  readonly format: DatasetFormat | undefined;
  readonly columns: ColumnMap | undefined;
}

export interface TuneSettings {
  readonly model: string;
  readonly data: string;
  readonly output: string;
  readonly adapter: AdapterOptions;
  /** Options of the adapter that were given, and not filled in. */
  readonly givenAdapter: Partial<AdapterOptions>;
  readonly recipe: TrainingRecipe;
  readonly rows: RowSettings;
  readonly logEvery: number;
  /** 0: at each epoch's end. */
  readonly saveEvery: number;
  readonly saveTotal: number;
  readonly evaluationData: string | null;
  readonly evaluateEvery: number;
  readonly dtype: 'auto' | ComputeType;
  readonly threads: number | undefined;
  readonly fromAdapter: string | null;
  readonly allowOtherBase: boolean;
  readonly resume: boolean;
  readonly overwrite: boolean;
}

export function rowSettings(options: {
  readonly template?: Template;
  readonly maxLength?: number;
  readonly batchSize?: number;
  readonly format?: DatasetFormat;
  readonly columns?: string;
}): RowSettings {
  return {
    template: options.template ?? 'human-assistant',
    maxLength: options.maxLength ?? 256,
    batchSize: options.batchSize ?? defaultRecipe.batchSize,
    format: options.format,
    columns: options.columns === undefined ? undefined : parseColumnMap(options.columns),
  };
}

/** @throws WeftError `OPTION_MISSING` for the three that have no default. */
export function tuneSettings(options: TuneOptions): TuneSettings {
  const givenAdapter = pick(options, defaultAdapterOptions);
  return {
    model: requireOption(options.model, '--model', 'NAME, e.g. smollm2-135m-instruct'),
    data: requireOption(options.data, '--data', 'FILE with the rows to learn'),
    output: requireOption(options.output, '--output', 'DIR for the adapter'),
    adapter: { ...defaultAdapterOptions, ...givenAdapter },
    givenAdapter,
    recipe: { ...defaultRecipe, ...pick(options, defaultRecipe) },
    rows: rowSettings(options),
    logEvery: options.logEvery ?? 10,
    saveEvery: options.saveEvery ?? 0,
    saveTotal: options.saveTotal ?? 2,
    evaluationData: options.evaluationData ?? null,
    evaluateEvery: options.evaluateEvery ?? 0,
    dtype: options.dtype ?? 'auto',
    threads: options.threads,
    fromAdapter: options.fromAdapter ?? null,
    allowOtherBase: options.allowOtherBase ?? false,
    resume: options.resume ?? false,
    overwrite: options.overwrite ?? false,
  };
}

/** The options that are keys of `defaults`, by the same names. */
function pick<Defaults extends object>(options: TuneOptions, defaults: Defaults): Partial<Defaults> {
  const picked = Object.entries(options).filter(
    ([key, value]) => Object.hasOwn(defaults, key) && value !== undefined,
  );
  return Object.fromEntries(picked) as Partial<Defaults>;
}
