/** Whatever is wrong with an adapter's folder is told by name, and nothing of it is used. */
import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isWeftError, type WeftError } from '@weft/errors';
import {
  type BaseModel,
  type FloatDType,
  readSafetensorsHeader,
  readTensor,
  writeSafetensors,
} from '@weft/models';
import { fixturePath, largestDifference, openFixtureModel, signal, valuesOf } from '../testing/fixtures.ts';
import { inTemporaryFolder } from '../testing/temporary-folder.ts';
import { type OpenedAdapter, openAdapter } from './open-adapter.ts';

const llama = await openFixtureModel('llama');
const rope = await openFixtureModel('llama3-rope');

interface StoredTensor {
  readonly name: string;
  readonly dtype: FloatDType;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

type Change = (folder: string) => Promise<unknown>;

const configOf = (folder: string) => join(folder, 'adapter_config.json');
const weightsOf = (folder: string) => join(folder, 'adapter_model.safetensors');

function changeConfig(changes: object): Change {
  return async (folder) => {
    const config = JSON.parse(await readFile(configOf(folder), 'utf8'));
    await writeFile(configOf(folder), JSON.stringify({ ...config, ...changes }));
  };
}

function changeTensors(change: (tensors: readonly StoredTensor[]) => readonly StoredTensor[]): Change {
  return async (folder) => {
    const header = await readSafetensorsHeader(weightsOf(folder), signal);
    const tensors = [];
    for (const [name, entry] of header.tensors) {
      tensors.push({
        name,
        dtype: 'F32' as const,
        shape: entry.shape,
        data: await readTensor(entry, signal),
      });
    }
    await writeSafetensors(weightsOf(folder), change(tensors), { signal });
  };
}

interface Damage {
  readonly name: string;
  readonly change: Change;
  readonly model?: BaseModel;
}

function openDamaged({ name, change, model = llama }: Damage): Promise<OpenedAdapter> {
  return inTemporaryFolder(async (folder) => {
    await cp(fixturePath(name), folder, { recursive: true });
    await change(folder);
    return openAdapter(folder, { model, signal });
  });
}

async function refusal(damage: Damage): Promise<WeftError> {
  try {
    await openDamaged(damage);
  } catch (error) {
    assert.ok(isWeftError(error), String(error));
    assert.equal(error.kind, 'invalid');
    assert.ok(error.remedy !== undefined && error.message.length > 20);
    return error;
  }
  throw new assert.AssertionError({ message: 'it was opened' });
}

const query = 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight';

describe('tensors', () => {
  const cases: readonly (readonly [string, Damage, string, string])[] = [
    [
      'one is missing',
      { name: 'lora-qv', change: changeTensors((all) => all.filter(({ name }) => name !== query)) },
      'ADAPTER_TENSOR_MISSING',
      query,
    ],
    [
      'one has no place',
      {
        name: 'lora-qv',
        change: changeTensors((all) => [
          ...all,
          ...all.slice(0, 1).map((one) => ({ ...one, name: 'stray' })),
        ]),
      },
      'ADAPTER_TENSOR_UNKNOWN',
      'stray',
    ],
    [
      'one has another shape',
      {
        name: 'lora-qv',
        change: changeTensors((all) =>
          all.map((one) => (one.name === query ? { ...one, shape: one.shape.toReversed() } : one)),
        ),
      },
      'ADAPTER_SHAPE_MISMATCH',
      query,
    ],
    [
      'one holds NaN',
      {
        name: 'lora-qv',
        change: changeTensors((all) =>
          all.map((one) => (one.name === query ? { ...one, data: one.data.map(() => Number.NaN) } : one)),
        ),
      },
      'ADAPTER_NOT_FINITE',
      query,
    ],
    [
      'the model is another',
      { name: 'lora-qv', change: async () => undefined, model: rope },
      'ADAPTER_SHAPE_MISMATCH',
      query,
    ],
    [
      'the embeddings are those of another base',
      {
        name: 'lora-embeddings',
        model: rope,
        change: changeTensors((all) =>
          all.map((one) =>
            one.name.endsWith('base_layer.weight') ? { ...one, data: one.data.map((x) => x + 0.1) } : one,
          ),
        ),
      },
      'ADAPTER_OTHER_BASE',
      'base_model.model.model.embed_tokens.base_layer.weight',
    ],
    [
      'a prefix is too short',
      {
        name: 'prefix-llama',
        change: changeTensors((all) =>
          all.map((one) => ({ ...one, shape: [2, 128], data: one.data.subarray(0, 256) })),
        ),
      },
      'ADAPTER_SHAPE_MISMATCH',
      'prompt_embeddings',
    ],
  ];
  for (const [title, damage, code, field] of cases) {
    test(title, async () => {
      const error = await refusal(damage);
      assert.deepEqual([error.code, error.field], [code, field]);
    });
  }

  test('those of half precision are read', async () => {
    const whole = await openDamaged({ name: 'lora-qv', change: async () => undefined });
    for (const [dtype, step] of [
      ['F16', 2 ** -10],
      ['BF16', 2 ** -7],
    ] as const) {
      const change = changeTensors((all) => all.map((one) => ({ ...one, dtype })));
      const opened = await openDamaged({ name: 'lora-qv', change });
      for (const { name } of opened.adapter.parameters) {
        const difference = largestDifference(valuesOf(opened)(name), valuesOf(whole)(name));
        assert.ok(difference > 0 && difference <= step);
      }
    }
  });
});

describe('config', () => {
  const refused: readonly (readonly [object, string, string])[] = [
    [{ peft_type: null }, 'ADAPTER_CONFIG_INVALID', 'peft_type'],
    [{ peft_type: 'ADALORA' }, 'ADAPTER_UNSUPPORTED', 'peft_type'],
    [{ r: 0 }, 'ADAPTER_CONFIG_INVALID', 'r'],
    [{ r: '4' }, 'ADAPTER_CONFIG_INVALID', 'r'],
    [{ lora_alpha: 'x' }, 'ADAPTER_CONFIG_INVALID', 'lora_alpha'],
    [{ lora_dropout: 1.5 }, 'ADAPTER_CONFIG_INVALID', 'lora_dropout'],
    [{ use_rslora: 'yes' }, 'ADAPTER_CONFIG_INVALID', 'use_rslora'],
    [{ bias: 'some' }, 'ADAPTER_CONFIG_INVALID', 'bias'],
    [{ target_modules: 7 }, 'ADAPTER_CONFIG_INVALID', 'target_modules'],
    [{ target_modules: ['query'] }, 'PEFT_NO_TARGETS', 'targetModules'],
    [{ rank_pattern: ['q_proj'] }, 'ADAPTER_CONFIG_INVALID', 'rank_pattern'],
    [{ layers_to_transform: ['x'] }, 'ADAPTER_CONFIG_INVALID', 'layers_to_transform'],
    [{ init_lora_weights: 'corda' }, 'ADAPTER_UNSUPPORTED', 'init_lora_weights'],
    [{ init_lora_weights: 'loftq' }, 'ADAPTER_UNSUPPORTED', 'init_lora_weights'],
    [{ alora_invocation_tokens: [1] }, 'ADAPTER_UNSUPPORTED', 'alora_invocation_tokens'],
    [{ target_parameters: ['experts'] }, 'ADAPTER_UNSUPPORTED', 'target_parameters'],
    [{ layer_replication: [[0, 1]] }, 'ADAPTER_UNSUPPORTED', 'layer_replication'],
    [{ use_dora: true }, 'ADAPTER_UNSUPPORTED', 'use_dora'],
    [{ some_new_feature: { a: 1 } }, 'ADAPTER_UNSUPPORTED', 'some_new_feature'],
    [{ some_new_feature: 0 }, 'ADAPTER_UNSUPPORTED', 'some_new_feature'],
  ];
  for (const [changes, code, field] of refused) {
    test(`${JSON.stringify(changes)} is refused`, async () => {
      const error = await refusal({ name: 'lora-qv', change: changeConfig(changes) });
      assert.deepEqual([error.code, error.field], [code, field]);
    });
  }

  test('unknown keys that say nothing are warnings', async () => {
    const change = changeConfig({ a: null, b: false, c: '', d: [], e: {} });
    const { warnings } = await openDamaged({ name: 'lora-qv', change });
    assert.equal(warnings.length, 5);
    for (const [i, key] of ['a', 'b', 'c', 'd', 'e'].entries())
      assert.match(warnings[i] ?? '', new RegExp(`key ${key} `));
  });

  test('another base name, version or task is no error', async () => {
    const change = changeConfig({
      base_model_name_or_path: 'elsewhere/other',
      peft_version: '9',
      revision: 'x',
    });
    assert.deepEqual((await openDamaged({ name: 'lora-qv', change })).warnings, []);
  });

  test('a minimal config takes the defaults of PEFT', async () => {
    const minimal: Change = (folder) =>
      writeFile(configOf(folder), JSON.stringify({ peft_type: 'LORA', r: 4, lora_alpha: 8 }));
    const { adapter } = await openDamaged({ name: 'lora-qv', change: minimal });
    assert.equal(adapter.parameters.length, 8);
  });
});

describe('files', () => {
  const remove =
    (path: (folder: string) => string): Change =>
    (folder) =>
      rm(path(folder));
  const cases: readonly (readonly [string, Change, string])[] = [
    ['no config', remove(configOf), 'ADAPTER_NOT_FOUND'],
    ['no weights', remove(weightsOf), 'ADAPTER_NOT_FOUND'],
    [
      'pickled weights',
      async (folder) => {
        await rm(weightsOf(folder));
        await writeFile(join(folder, 'adapter_model.bin'), 'pickle');
      },
      'ADAPTER_PICKLED',
    ],
    ['a config that is no JSON', (folder) => writeFile(configOf(folder), '{"r": 4'), 'JSON_MALFORMED'],
    ['a config that is a list', (folder) => writeFile(configOf(folder), '[]'), 'JSON_MALFORMED'],
    [
      'weights cut short',
      async (folder) => writeFile(weightsOf(folder), (await readFile(weightsOf(folder))).subarray(0, 900)),
      'SAFETENSORS_MALFORMED',
    ],
    ['weights that are none', (folder) => writeFile(weightsOf(folder), 'nothing'), 'SAFETENSORS_MALFORMED'],
  ];
  for (const [title, change, code] of cases) {
    test(title, async () => {
      assert.equal((await refusal({ name: 'lora-qv', change })).code, code);
    });
  }

  test('the record of our own is handed on as it is', async () => {
    const record = { baseDigest: 'abc', template: 'chat' };
    const change: Change = (folder) => writeFile(join(folder, 'weft.json'), JSON.stringify(record));
    assert.deepEqual((await openDamaged({ name: 'lora-qv', change })).record, record);
    assert.equal((await openDamaged({ name: 'lora-qv', change: async () => undefined })).record, null);
  });
});

describe('options for training further', () => {
  const open = (name: string) => openAdapter(fixturePath(name), { model: llama, signal });

  test('those that agree are taken, however they are written', async () => {
    const patterns = await open('lora-rslora-patterns');
    patterns.refuseContradictions({ method: 'lora', rank: 4, alpha: 8, useRslora: true, dropout: 0.4 });
    patterns.refuseContradictions({ targetModules: ['o_proj', 'v_proj', 'k_proj', 'q_proj'] });
    patterns.refuseContradictions({ rankPattern: { v_proj: 6, 'layers.0.self_attn.q_proj': 2 } });
    (await open('lora-all-linear')).refuseContradictions({ targetModules: 'all-linear' });
    (await open('prefix-llama')).refuseContradictions({ method: 'prefix', virtualTokens: 3 });
    (await open('ia3-llama')).refuseContradictions({ targetModules: ['down_proj', 'k_proj', 'v_proj'] });
  });

  test('any other is refused by its name', async () => {
    const cases = [
      ['lora-qv', 'rank', { rank: 8 }],
      ['lora-qv', 'method', { method: 'ia3' }],
      ['lora-qv', 'targetModules', { targetModules: ['q_proj'] }],
      ['lora-qv', 'initialization', { initialization: 'pissa' }],
      ['lora-qv', 'bias', { bias: 'all' }],
      ['lora-layers', 'layers', { layers: [0] }],
      ['prefix-llama', 'virtualTokens', { virtualTokens: 4 }],
      ['ia3-llama', 'rank', { rank: 4 }],
    ] as const;
    for (const [name, field, given] of cases) {
      const opened = await open(name);
      assert.throws(
        () => opened.refuseContradictions(given),
        (error) =>
          isWeftError(error) && error.code === 'ADAPTER_OPTION_CONTRADICTED' && error.field === field,
      );
    }
  });
});
