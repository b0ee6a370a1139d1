import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isWeftError, WeftError } from '@weft/errors';
import { type CommandContext, pathOf } from '../context.ts';
import { openEngine } from '../models/engine.ts';
import { openModel } from '../models/open-model.ts';
import { useAdapter, valuesOf } from '../models/use-adapter.ts';
import { givenOptions } from '../options/bind-options.ts';
import { flagOf } from '../options/option-table.ts';
import { quickstartOptions } from '../options/use-options.ts';
import { duration } from '../output/output.ts';
import { type Accuracy, measure, type Question, readQuestions } from '../quickstart/held-out.ts';
import { quickstartRecipe } from '../quickstart/settings.ts';
import { type OpenParts, prepareRun } from '../runs/prepare-run.ts';
import { RunFolder } from '../runs/run-folder.ts';
import { tune } from '../runs/tune.ts';
import { tuneSettings } from '../runs/tune-settings.ts';
import type { GivenOptions } from './command.ts';

const dataFolder = new URL('../../../quickstart/data/', import.meta.url);
const trainingData = fileURLToPath(new URL('train.jsonl', dataFolder));
const heldOutData = fileURLToPath(new URL('test.jsonl', dataFolder));
const shownQuestions = 4;

/** A fresh folder each time: an earlier result is never touched. */
export async function runQuickstart({ values }: GivenOptions, context: CommandContext): Promise<void> {
  const { output, signal } = context;
  const given = givenOptions(quickstartOptions, values);
  const { model: name = 'smollm2-135m-instruct', output: parent = 'weft-quickstart', dtype = 'auto' } = given;
  const started = performance.now();
  const model = await openModel(name, context);
  const engine = await openEngine(model, { dtype, threads: undefined }, context);
  const questions = await readQuestions(heldOutData, signal);
  const folder = await nextFolder(parent, context);
  output.line(`The task: turn a request into one kubectl command. The model: ${model.resolved.fullName}.`);
  output.line('');

  const before = await ask('before', { model, engine }, { questions, adapterFolder: null }, context);
  showAnswers('Before', before, questions, context);

  const steps = given.maxSteps === undefined ? {} : { maxSteps: given.maxSteps };
  const recipe = { ...quickstartRecipe, epochs: given.epochs ?? quickstartRecipe.epochs, ...steps };
  output.line(`Fine-tuning with LoRA: ${describe(recipe)}`);
  const settings = tuneSettings({ ...recipe, model: name, data: trainingData, output: folder, dtype });
  const run = await prepareRun(settings, context, { model, engine });
  const runFolder = new RunFolder(settings.output);
  await using _lock = await runFolder.lock(signal);
  const { seconds, loss } = await tune(run, runFolder, context).catch((error: unknown) => {
    throw stoppedHere(error, { recipe, folder, name });
  });
  output.line(`${run.totalSteps} steps in ${duration(seconds)}, mean loss ${loss.toFixed(4)}`);
  output.line('');

  const after = await ask('after', { model, engine }, { questions, adapterFolder: folder }, context);
  showAnswers('After', after, questions, context);
  conclude(
    { before, after, questions, folder, name, seconds: (performance.now() - started) / 1000 },
    context,
  );
}

/** The quickstart itself always begins anew; a run of it that was stopped is a run like any other. */
function stoppedHere(
  error: unknown,
  {
    recipe,
    folder,
    name,
  }: { readonly recipe: QuickstartRecipe; readonly folder: string; readonly name: string },
): unknown {
  if (!isWeftError(error) || error.kind !== 'interrupted') return error;
  const { code, kind, message, field, value } = error;
  const paths = `--model ${name} --data ${trainingData} --output ${folder}`;
  const remedy = `Go on by: weft tune ${paths} ${describe(recipe)} --resume`;
  return new WeftError({ code, kind, message, field, value, remedy, cause: error });
}

type QuickstartRecipe = Readonly<Record<string, unknown>>;

/** `run-1`, `run-2`, … in the folder where the user is. */
async function nextFolder(parent: string, context: CommandContext): Promise<string> {
  const folder = pathOf(context, parent);
  const names = await readdir(folder).catch(() => [] as string[]);
  const numbers = names.map((name) => Number(/^run-(\d+)$/.exec(name)?.[1] ?? 0));
  return join(folder, `run-${Math.max(0, ...numbers) + 1}`);
}

interface Asking {
  readonly questions: readonly Question[];
  /** Null for the base alone. */
  readonly adapterFolder: string | null;
}

async function ask(
  phase: 'before' | 'after',
  open: OpenParts,
  { questions, adapterFolder }: Asking,
  context: CommandContext,
): Promise<Accuracy> {
  const { output, signal } = context;
  output.note(`asking the ${questions.length} held-out questions ${phase} training`);
  const opened =
    adapterFolder === null
      ? null
      : await useAdapter(open.model, { folder: adapterFolder, allowOtherBase: false }, context);
  const adapted = opened === null ? null : { adapter: opened.adapter, values: valuesOf(opened) };
  const progress = output.progress(`answers ${phase}`, questions.length);
  const accuracy = await measure({ ...open, adapted }, questions, { progress, signal });
  const examples = questions.slice(0, shownQuestions).map(({ request, command }, index) => ({
    request,
    wanted: command,
    answer: accuracy.answers[index],
  }));
  const { correct } = accuracy;
  output.event({ event: 'accuracy', phase, correct, questions: questions.length, examples });
  return accuracy;
}

function showAnswers(
  title: string,
  { answers }: Accuracy,
  questions: readonly Question[],
  { output }: CommandContext,
): void {
  output.line(`${title}:`);
  for (const [index, { request, command }] of questions.slice(0, shownQuestions).entries()) {
    const answer = (answers[index] ?? '').replaceAll(/\s+/g, ' ');
    const shown = answer.length > 90 ? `${answer.slice(0, 89)}…` : answer;
    output.line(`  ${answer === command ? '✓' : '✗'} ${request}`);
    output.line(`    ${shown}`);
  }
  output.line('');
}

function describe(recipe: Readonly<Record<string, unknown>>): string {
  return Object.entries(recipe)
    .map(([key, value]) => `${flagOf(key)} ${value}`)
    .join(' ');
}

interface Conclusion {
  readonly before: Accuracy;
  readonly after: Accuracy;
  readonly questions: readonly Question[];
  readonly folder: string;
  readonly name: string;
  readonly seconds: number;
}

function conclude(conclusion: Conclusion, { output, workingDirectory }: CommandContext): void {
  const { before, after, questions, folder, name, seconds } = conclusion;
  const percent = ({ correct }: Accuracy): string => `${((100 * correct) / questions.length).toFixed(1)} %`;
  const shown = relative(workingDirectory, folder) || folder;
  const path = /[^\w./-]/.test(shown) ? `'${shown}'` : shown;
  output.line(
    `Exact answers on ${questions.length} held-out requests: ${percent(before)} before, ${percent(after)} after.`,
  );
  output.line(`The adapter lies in ${path}. All of it took ${duration(seconds)}.`);
  output.line('');
  output.line('Next:');
  output.line(
    `  weft generate --model ${name} --adapter ${path} --prompt "Show the pods in the namespace web"`,
  );
  output.line(`  weft merge --model ${name} --adapter ${path} --output my-model`);
  output.line(`  weft tune --model ${name} --data my-rows.jsonl --output my-adapter`);
  output.line('("npm run -s weft -- …" calls it from the clone; "npm link" makes it a command of its own.)');
}
