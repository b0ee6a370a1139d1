/** Adapters made from options on the tiny models, with their first values. */
import type { BaseModel } from '@weft/models';
import type { Adapter, ParameterValues } from '../adapter.ts';
import { type AdapterOptions, defaultAdapterOptions } from '../adapter-options.ts';
import { createAdapter } from '../create-adapter.ts';
import { RandomStream } from '../random.ts';
import { openFixtureModel } from './fixtures.ts';
import { openBase } from './run-model.ts';

export interface FreshAdapter {
  readonly model: BaseModel;
  readonly adapter: Adapter;
  readonly values: ParameterValues;
}

export async function makeAdapter(
  modelName: string,
  options: Partial<AdapterOptions>,
): Promise<FreshAdapter> {
  const model = await openFixtureModel(modelName);
  const method = options.method ?? 'lora';
  const dropout = method === 'lora' ? defaultAdapterOptions.dropout : 0;
  const adapter = createAdapter({ ...defaultAdapterOptions, dropout, ...options }, { model, seed: 5 });
  const base = openBase(model);
  const first = new Map(adapter.parameters.map(({ name, initialise }) => [name, initialise(base)]));
  return { model, adapter, values: lookUp(first) };
}

/** The values moved as training might move them. */
export function disturbed({ adapter, values }: FreshAdapter, deviation = 0.1): ParameterValues {
  return lookUp(
    new Map(
      adapter.parameters.map(({ name }) => {
        const random = new RandomStream(11, name);
        return [name, values(name).map((value) => value + deviation * random.normal())];
      }),
    ),
  );
}

function lookUp(values: ReadonlyMap<string, Float32Array>): ParameterValues {
  return (name) => {
    const found = values.get(name);
    if (found === undefined) throw new RangeError(`there is no parameter '${name}'`);
    return found;
  };
}

/** A few tokens that every tiny model knows. */
export const someIds: readonly Int32Array[] = [
  Int32Array.of(5),
  Int32Array.of(3, 17, 42, 8, 90, 11, 64, 2, 33, 71),
];
