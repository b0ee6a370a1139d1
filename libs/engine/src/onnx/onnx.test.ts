/** Native kernels and float64 references against ONNX Runtime, an implementation that is not ours. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isWeftError } from '@weft/errors';
import { openCpuExecutor } from '../native/cpu-executor.ts';
import * as ops from '../ops/index.ts';
import { ProgramBuilder } from '../program-builder.ts';
import { opCases } from '../testing/cases/index.ts';
import { checkForward } from '../testing/check-forward.ts';
import { assertClose } from '../testing/compare.ts';
import { interpret } from '../testing/interpret.ts';
import { runOnce } from '../testing/run-native.ts';
import { smallBatch } from '../testing/small-batch.ts';
import { buildSmallGpt2, buildSmallLlama } from '../testing/small-models.ts';
import { lowerProgram } from './lower-program.ts';
import { lowerings } from './lowerings/index.ts';
import { openOnnxExecutor } from './onnx-executor.ts';
import { loadOnnxRuntime } from './onnx-runtime.ts';

const folder =
  process.env['WEFT_ONNX_RUNTIME'] ??
  fileURLToPath(new URL('../../../../tools/onnx-runtime', import.meta.url));
const runtime = loadOnnxRuntime(folder);

describe('ONNX Runtime', { skip: runtime === null ? 'onnxruntime-node is not installed' : false }, () => {
  if (runtime === null) return;
  const executor = openOnnxExecutor(runtime);

  for (const op of ops.opTable.filter(({ name }) => lowerings.has(name))) {
    test(`${op.name} gives what its reference gives`, async () => {
      for (const opCase of opCases) {
        const hasRows = Object.values(opCase.dimensions).every((size) => size > 0);
        if (opCase.op === op && hasRows) await checkForward({ tolerance: 1e-4, ...opCase }, { executor });
      }
    });
  }

  for (const [name, build] of Object.entries({ llama: buildSmallLlama, gpt2: buildSmallGpt2 })) {
    test(`a whole ${name} runs natively as in ONNX Runtime`, async () => {
      const program = build({ layers: 3 });
      const batch = smallBatch(program, [9, 1, 6]);
      const native = await runOnce(openCpuExecutor({ threads: 2 }), program, batch);
      for (const [output, array] of await runOnce(executor, program, batch)) {
        assertClose(native.get(output) ?? [], array, { relative: 1e-5, what: output });
      }
    });

    test(`a whole ${name} runs in ONNX Runtime's float64 as in the references`, async () => {
      const program = build({ layers: 2 });
      const batch = smallBatch(program, [4, 7]);
      const expected = interpret(program, batch).outputs;
      const actual = await runOnce(openOnnxExecutor(runtime, { real: 'float64' }), program, batch);
      for (const [output, array] of actual) {
        assertClose(array, expected.get(output) ?? [], { relative: 1e-6, absolute: 1e-7, what: output });
      }
    });
  }

  test('weights stored in the model need not be fed', async () => {
    const builder = new ProgramBuilder();
    const product = [builder.input('x', ['tokens', 2]), builder.weight('w', [1, 2]), null, null];
    builder.output('y', builder.compute(ops.linear, product, { attributes: { alpha: 3 } }));
    const initializers = new Map([['w', Float32Array.of(1, 10)]]);
    const { model, inputs } = lowerProgram(builder.build(), { initializers });
    assert.deepEqual(
      inputs.map((value) => value.name),
      ['x'],
    );
    const session = await runtime.InferenceSession.create(model);
    const results = await session.run({
      x: new runtime.Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]),
    });
    assert.deepEqual(results['output:y']?.data, Float32Array.of(63, 129));
  });
});

test('an op without an ONNX form is refused by name', () => {
  const program = buildSmallLlama({ layers: 1, adapters: true });
  assert.throws(
    () => lowerProgram(program),
    (error) => isWeftError(error) && error.code === 'ONNX_OP_UNSUPPORTED' && error.field === 'dropout',
  );
});
