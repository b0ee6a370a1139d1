/** Walks the op table: every op natively against its float64 reference, every gradient rule by finite differences. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openCpuExecutor } from './native/cpu-executor.ts';
import { opTable } from './ops/index.ts';
import { opCases } from './testing/cases/index.ts';
import { checkForward, checkInPlace } from './testing/check-forward.ts';
import { checkGradient } from './testing/check-gradient.ts';
import { references } from './testing/reference/index.ts';

describe('the op table', () => {
  test('names every op once', () => {
    assert.equal(new Set(opTable.map((op) => op.name)).size, opTable.length);
  });

  for (const op of opTable) {
    test(`${op.name} has a reference, cases, and a gradient rule exactly where it is a forward op`, () => {
      assert.ok(references.has(op.name), 'no float64 reference');
      const cases = opCases.filter((opCase) => opCase.op === op);
      assert.ok(cases.length > 0, 'no case');
      assert.equal(op.vjp !== undefined, op.role === 'forward');
      if (op.role !== 'forward') return;
      assert.ok(
        cases.some((opCase) => (opCase.differentiable ?? []).length > 0),
        'no case checks the gradient rule',
      );
    });
  }
});

for (const instructionSet of ['portable', 'avx2', 'avx512']) {
  for (const threads of [1, 2]) {
    describe(`${instructionSet}, ${threads} threads`, () => {
      const executor = openCpuExecutor({ instructionSet, threads });
      const lacks = executor.device.instructionSet !== instructionSet;
      const skip = lacks ? `this machine has no ${instructionSet}` : false;
      for (const op of opTable) {
        const cases = opCases.filter((opCase) => opCase.op === op);
        test(`${op.name} equals its reference`, { skip }, async () => {
          for (const opCase of cases) await checkForward(opCase, { executor });
        });
        if (op.inPlace !== undefined) {
          test(`${op.name} works in place`, { skip }, async () => {
            for (const opCase of cases) await checkInPlace(opCase, { executor });
          });
        }
        if (op.vjp !== undefined) {
          test(`the gradient rule of ${op.name} equals finite differences`, { skip }, async () => {
            for (const opCase of cases) {
              if (opCase.differentiable !== undefined) await checkGradient(opCase, { executor });
            }
          });
        }
      }
    });
  }
}
