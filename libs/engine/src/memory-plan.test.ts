import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differentiate } from './autodiff.ts';
import { planMemory } from './memory-plan.ts';
import { openCpuExecutor } from './native/cpu-executor.ts';
import { optimise } from './optimise.ts';
import type { Node, Program, Value } from './program.ts';
import { elementCount } from './shape.ts';
import { assertClose } from './testing/compare.ts';
import { interpret } from './testing/interpret.ts';
import { randomNumbers } from './testing/random.ts';
import { randomProgram } from './testing/random-program.ts';
import { runOnce } from './testing/run-native.ts';
import { buildSmallGpt2, buildSmallLlama } from './testing/small-models.ts';

const capacity = { tokens: 37, bounds: 4, labels: 11 };

interface Life {
  readonly value: Value;
  readonly first: number;
  readonly last: number;
  readonly start: number;
  readonly end: number;
}

function livesOf(program: Program): { lives: readonly Life[]; arenaBytes: number } {
  const { offsets, arenaBytes } = planMemory(program, capacity);
  const outputs = new Set(program.outputs.values());
  const lives = program.nodes.flatMap((node, first) =>
    node.outputs
      .filter((value) => !outputs.has(value))
      .map((value) => {
        const start = offsets.get(value);
        assert.ok(start !== undefined, `'${value.name}' has no place`);
        const last = Math.max(
          first,
          program.nodes.findLastIndex((reader) => reader.inputs.includes(value)),
        );
        return { value, first, last, start, end: start + 4 * elementCount(value.shape, capacity) };
      }),
  );
  return { lives, arenaBytes };
}

/** An input that dies in the node may lend its place to an output, if the op says that it works in place. */
function mayShare(node: Node | undefined, input: Life, output: Life): boolean {
  const pairs = node?.op.inPlace ?? [];
  const isPair = pairs.some(
    ([from, to]) => node?.inputs[from] === input.value && node.outputs[to] === output.value,
  );
  const reads = node?.inputs.filter((value) => value === input.value).length;
  return isPair && reads === 1 && input.start === output.start && input.end === output.end;
}

function assertNoOverlap(program: Program): number {
  const { lives, arenaBytes } = livesOf(program);
  let shared = 0;
  for (const [index, a] of lives.entries()) {
    assert.equal(a.start % 64, 0);
    assert.ok(a.end <= arenaBytes);
    for (const b of lives.slice(index + 1)) {
      const together = a.last >= b.first && b.last >= a.first;
      const overlap = a.start < b.end && b.start < a.end;
      if (!together || !overlap) continue;
      assert.equal(a.last, b.first, `'${a.value.name}' and '${b.value.name}' are alive at once in one place`);
      assert.ok(
        mayShare(program.nodes[b.first], a, b),
        `'${b.value.name}' is written over '${a.value.name}'`,
      );
      shared++;
    }
  }
  return shared;
}

test('values alive at once never overlap, in 200 random Programs', () => {
  let shared = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const program = randomProgram(seed, 3 + (seed % 60));
    shared += assertNoOverlap(program) + assertNoOverlap(optimise(program));
  }
  assert.ok(shared > 100, `only ${shared} outputs took over an input's place`);
});

test('values alive at once never overlap, in the training Programs of whole models', () => {
  for (const build of [buildSmallLlama, buildSmallGpt2]) {
    const program = build({ layers: 3, adapters: true });
    for (const recomputeRegions of ['all', new Set<string>()] as const) {
      const shared = assertNoOverlap(optimise(differentiate(program, { loss: 'loss', recomputeRegions })));
      assert.ok(shared > 0);
    }
  }
});

test('random Programs give natively what their float64 form gives, optimised and in one arena', async () => {
  const executor = openCpuExecutor({ threads: 2 });
  const dimensions = { tokens: 5 };
  for (let seed = 1; seed <= 60; seed++) {
    const program = randomProgram(seed, 3 + (seed % 40));
    const values = new Map([
      ['x', randomNumbers(40, seed)],
      ['z', randomNumbers(40, seed + 1)],
      ['w', randomNumbers(64, 5, 0.3)],
      ['s', randomNumbers(8, 6)],
    ]);
    const expected = interpret(program, { dimensions, values }).outputs;
    for (const form of [program, optimise(program)]) {
      const actual = await runOnce(executor, form, { dimensions, values });
      for (const [name, array] of expected) {
        const largest = array.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        if (largest > 1e6) continue;
        assertClose(actual.get(name) ?? [], array, { relative: 2e-3, what: `seed ${seed}, ${name}` });
      }
    }
  }
});

test('a plan grows with its capacity and needs a bound size for every dimension', () => {
  const program = differentiate(buildSmallLlama({ layers: 2, adapters: true }), { loss: 'loss' });
  const small = planMemory(program, capacity).arenaBytes;
  const large = planMemory(program, { ...capacity, tokens: 74 }).arenaBytes;
  assert.ok(large > small && large < 3 * small);
  assert.throws(() => planMemory(program, { tokens: 3 }), /'(bounds|labels)' is not bound/);
});
