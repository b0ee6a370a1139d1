/** Random chains of ops, to try the transforms and the memory plan on shapes that nobody thought of. */
import * as ops from '../ops/index.ts';
import type { Program, Value } from '../program.ts';
import { ProgramBuilder } from '../program-builder.ts';
import { randomStream } from './random.ts';
import { valueAt } from './reference/matrix.ts';

const width = 8;

/** Values of [tokens, 8], each node reading any earlier ones; the last values and some others are outputs. */
export function randomProgram(seed: number, nodes: number): Program {
  const next = randomStream(seed);
  const builder = new ProgramBuilder();
  const values: Value[] = [builder.input('x', ['tokens', width]), builder.input('z', ['tokens', width])];
  const weight = builder.weight('w', [width, width]);
  const scale = builder.weight('s', [width]);
  const any = (): Value => {
    const recent = next() < 0.7 ? Math.max(0, values.length - 4) : 0;
    const value = values[recent + Math.floor(next() * (values.length - recent))];
    if (value === undefined) throw new RangeError('no value');
    return value;
  };
  const product = { attributes: { alpha: 1 } };
  const epsilon = { attributes: { epsilon: 1e-5 } };
  const makers: readonly (() => readonly Value[])[] = [
    () => builder.apply(ops.add, [any(), any()]),
    () => builder.apply(ops.add, [any(), builder.compute(ops.linear, [any(), weight, null, null], product)]),
    () => builder.apply(ops.linear, [any(), weight, null, any()], product),
    () => builder.apply(ops.linearDx, [any(), weight, next() < 0.5 ? any() : null], product),
    () => builder.apply(ops.tanh, [any()]),
    () => builder.apply(ops.siluMul, [any(), any()]),
    () => builder.apply(ops.siluMulGrad, [any(), any(), any()]),
    () => builder.apply(ops.rmsNorm, [any(), scale], epsilon),
    () => builder.apply(ops.scaleColumns, [any(), scale]),
  ];
  for (let node = 0; node < nodes; node++) {
    const maker = makers[Math.floor(next() * makers.length)];
    values.push(...(maker?.() ?? []));
  }
  values.forEach((value, index) => {
    const isOutput =
      value.kind === 'computed' && (index === values.length - 1 || valueAt([next()], 0) < 0.15);
    if (isOutput) builder.output(`y${index}`, value);
  });
  return builder.build();
}
