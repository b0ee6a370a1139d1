/** The model and executor that a benchmark measures. */
import { homedir } from 'node:os';
import { type ComputeType, type Executor, openCpuExecutor } from '@weft/engine';
import {
  type BaseModel,
  openBaseModel,
  type ResolvedModel,
  resolveModel,
  WeightLoader,
  weftHome,
} from '@weft/models';
import type { BenchOptions } from './main.ts';

export interface OpenedModel {
  readonly resolved: ResolvedModel;
  readonly model: BaseModel;
  readonly executor: Executor;
  readonly loader: WeightLoader;
  readonly compute: ComputeType;
}

export const signal = new AbortController().signal;

export async function openForBench(options: BenchOptions): Promise<OpenedModel> {
  const workingDirectory = process.env['INIT_CWD'] ?? process.cwd();
  const home = weftHome({ environment: process.env, homeDirectory: homedir(), workingDirectory });
  const resolved = await resolveModel(options.model, {
    home,
    environment: process.env,
    workingDirectory,
    signal,
  });
  const model = await openBaseModel(resolved.path, signal);
  const executor = openCpuExecutor();
  const loader = new WeightLoader(model, executor);
  return { resolved, model, executor, loader, compute: await chooseCompute(executor, options.dtype) };
}

async function chooseCompute(executor: Executor, dtype: string): Promise<ComputeType> {
  if (dtype === 'float32' || dtype === 'bfloat16') return dtype;
  const float32 = await executor.measureProducts('float32');
  const bfloat16 = await executor.measureProducts('bfloat16');
  return bfloat16 > float32 ? 'bfloat16' : 'float32';
}

export function describeMachine({ executor, compute, resolved }: OpenedModel): string {
  const { name, threads, instructionSet, bf16 } = executor.device;
  return `${name}, ${threads} threads, ${instructionSet}, bf16 ${bf16}; ${resolved.fullName} in ${compute}`;
}
