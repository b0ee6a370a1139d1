/** From a model's name to everything that is read of it without computing. */
import {
  type BaseModel,
  buildLossProgram,
  builtInCatalogue,
  checkWeights,
  frozenWeights,
  openBaseModel,
  type ResolvedModel,
  resolveModel,
  type SourceProgress,
} from '@weft/models';
import { loadTokenizer, type Tokenizer } from '@weft/tokenization';
import { type CommandContext, homeOf } from '../context.ts';
import { bytes } from '../output/output.ts';

export interface OpenedModel {
  readonly resolved: ResolvedModel;
  readonly base: BaseModel;
  readonly tokenizer: Tokenizer;
  /** Numbers of the base, tied ones once. */
  readonly parameterCount: number;
}

export async function locateModel(name: string, context: CommandContext): Promise<ResolvedModel> {
  const { environment, workingDirectory, signal } = context;
  const report = new SourceReport(context);
  try {
    return await resolveModel(name, {
      home: homeOf(context),
      environment,
      workingDirectory,
      signal,
      onProgress: (progress) => report.tell(progress),
    });
  } finally {
    report.end();
  }
}

export async function openModel(name: string, context: CommandContext): Promise<OpenedModel> {
  const { signal } = context;
  const resolved = await locateModel(name, context);
  const base = await openBaseModel(resolved.path, signal);
  const program = buildLossProgram(base.config, { training: false });
  checkWeights(base, program);
  const tokenizer = await loadTokenizerOf(resolved, base, signal);
  const sizes = frozenWeights(program).map(({ shape }) =>
    shape.reduce<number>((all, size) => all * Number(size), 1),
  );
  return { resolved, base, tokenizer, parameterCount: sizes.reduce((total, size) => total + size, 0) };
}

export function loadTokenizerOf(
  resolved: ResolvedModel,
  base: BaseModel,
  signal: AbortSignal,
): Promise<Tokenizer> {
  const { gguf } = base.checkpoint;
  const { path } = resolved;
  const source =
    gguf === null
      ? ({ kind: 'folder', path } as const)
      : ({ kind: 'gguf', path, metadata: gguf.metadata } as const);
  return loadTokenizer(source, { signal });
}

/** What PEFT is to load the base from: the hub's name where there is one, else the path. */
export function publicNameOf(resolved: ResolvedModel): string {
  const { fullName } = resolved;
  if (fullName.startsWith('hf://')) return fullName.slice('hf://'.length).replace(/@[^@]*$/, '');
  const entry = builtInCatalogue.get(fullName.replace(/@[^@]*$/, ''));
  return entry?.hub?.repository ?? fullName;
}

class SourceReport {
  readonly #context: CommandContext;
  #bar: ReturnType<CommandContext['output']['progress']> | null = null;
  #file = '';

  constructor(context: CommandContext) {
    this.#context = context;
  }

  tell(progress: SourceProgress): void {
    const { output } = this.#context;
    if (progress.event === 'waiting')
      output.note(`waiting for process ${progress.pid}, which fetches the same model`);
    else if (progress.event === 'source') {
      const reason = progress.reason === null ? '' : ` (${progress.reason})`;
      const verb = progress.isCached ? 'using' : 'fetching';
      if (progress.name !== progress.fullName || !progress.isCached)
        output.note(`${progress.name}: ${verb} ${progress.fullName}${reason}`);
    } else if (progress.totalBytes !== null) {
      if (this.#file !== progress.file) {
        this.end();
        this.#file = progress.file;
        this.#bar = output.progress(progress.file, progress.totalBytes);
      }
      this.#bar?.update(progress.receivedBytes, bytes(progress.receivedBytes));
    }
  }

  end(): void {
    this.#bar?.end();
    this.#bar = null;
  }
}
