/** bf16 products keep bf16's accuracy: no operand is rounded more coarsely, whatever instructions multiply. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCpuExecutor } from './native/cpu-executor.ts';
import * as ops from './ops/index.ts';
import { ProgramBuilder } from './program-builder.ts';
import { randomNumbers } from './testing/random.ts';
import { linear, linearDx } from './testing/reference/linear.ts';
import { type Reference, valueAt } from './testing/reference/matrix.ts';
import { runOnce } from './testing/run-native.ts';

/** Half a unit in the last of bf16's eight bits. */
const roundOff = 2 ** -8;

const products: readonly {
  readonly op: typeof ops.linear;
  readonly reference: Reference;
  readonly dx: boolean;
}[] = [
  { op: ops.linear, reference: linear, dx: false },
  { op: ops.linearDx, reference: linearDx, dx: true },
];

const sizes = [
  { tokens: 1, n: 33, k: 70 },
  { tokens: 5, n: 96, k: 64 },
  { tokens: 131, n: 67, k: 129 },
] as const;

for (const instructionSet of ['portable', 'avx2', 'avx512', '']) {
  const executor = openCpuExecutor({ instructionSet, threads: 2 });
  const lacks = instructionSet !== '' && executor.device.instructionSet !== instructionSet;
  const skip = lacks ? `this machine has no ${instructionSet}` : false;
  for (const { op, reference, dx } of products) {
    test(`${op.name} in bf16 on ${instructionSet || 'the best set'}`, { skip }, async () => {
      for (const { tokens, n, k } of sizes) {
        const inner = dx ? n : k;
        const outer = dx ? k : n;
        const x = randomNumbers(tokens * inner, 3, 2);
        const w = randomNumbers(n * k, 4, 2);
        const builder = new ProgramBuilder();
        const operands = [builder.input('x', ['tokens', inner]), builder.weight('w', [n, k]), null, null];
        builder.output(
          'y',
          builder.compute(op, operands.slice(0, op.inputs.length), { attributes: { alpha: 1 } }),
        );
        const actual = await runOnce(executor, builder.build(), {
          dimensions: { tokens },
          values: new Map([
            ['x', x],
            ['w', w],
          ]),
          compute: 'bfloat16',
        });
        const by = (map: (value: number) => number): ArrayLike<number> => {
          const left = { rows: tokens, columns: inner, data: Float64Array.from(x, map) };
          const right = { rows: n, columns: k, data: Float64Array.from(w, map) };
          return (
            reference({ inputs: [left, right, null, null], attributes: { alpha: 1 }, rows: 0 })[0]?.data ?? []
          );
        };
        const y = actual.get('y') ?? [];
        const [exact, magnitudes] = [by((value) => value), by(Math.abs)];
        assert.equal(y.length, tokens * outer);
        let squares = 0;
        for (let i = 0; i < y.length; i++) {
          const off = Math.abs(valueAt(y, i) - valueAt(exact, i));
          assert.ok(off <= 2.02 * roundOff * valueAt(magnitudes, i), `element ${i} is off by ${off}`);
          squares += (off / (roundOff * valueAt(magnitudes, i))) ** 2;
        }
        assert.ok(Math.sqrt(squares / y.length) < 0.3, 'errors of roundings to nearest cancel');
      }
    });
  }
}
