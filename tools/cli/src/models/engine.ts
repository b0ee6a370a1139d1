/** An executor with the base's weights, shared by all Programs of one command. */
import { type ComputeType, type Executor, openCpuExecutor, type Weight } from '@weft/engine';
import { WeightLoader } from '@weft/models';
import { type Adapter, type BaseTensors, readBaseTensors } from '@weft/peft';
import { type CommandContext, homeOf } from '../context.ts';
import { chooseDtype } from '../machine/choose-dtype.ts';
import type { OpenedModel } from './open-model.ts';

export interface Engine {
  readonly executor: Executor;
  readonly compute: ComputeType;
  readonly dtypeReason: string;
  readonly tensors: BaseTensors;
  /** By a Program's name for it: the base's, and those that the adapter brings. */
  weightsFor(adapter: Adapter | null): (name: string) => Weight;
}

export interface EngineOptions {
  readonly dtype: 'auto' | ComputeType;
  readonly threads: number | undefined;
}

export async function openEngine(
  model: OpenedModel,
  options: EngineOptions,
  context: CommandContext,
): Promise<Engine> {
  const executor = openCpuExecutor(options.threads === undefined ? {} : { threads: options.threads });
  const { compute, reason } = await chooseDtype(options.dtype, executor, homeOf(context));
  const loader = new WeightLoader(model.base, executor);
  const tensors = readBaseTensors(loader);
  const weightsFor = (adapter: Adapter | null) => {
    const own = new Map<string, Weight>();
    for (const [name, { values, rows, columns }] of adapter?.frozenWeights(tensors) ?? [])
      own.set(name, executor.memoryWeight(values, rows, columns));
    return (name: string): Weight => own.get(name) ?? loader.weight(name);
  };
  return { executor, compute, dtypeReason: reason, tensors, weightsFor };
}
