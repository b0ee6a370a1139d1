import * as ops from '../../ops/index.ts';
import type { OpDefinition } from '../../program.ts';
import type { CaseInput, OpCase } from '../op-case.ts';
import { randomNumbers } from '../random.ts';

const gradientOf = (name: string): OpDefinition => {
  const op = ops.opTable.find((candidate) => candidate.name === name);
  if (op === undefined) throw new RangeError(`no op '${name}'`);
  return op;
};
const rmsNormDx = gradientOf('rms_norm_dx');
const rmsNormDw = gradientOf('rms_norm_dw');
const layerNormDx = gradientOf('layer_norm_dx');
const layerNormDw = gradientOf('layer_norm_dw');

const sizes = [
  { tokens: 0, d: 8, width: 8 },
  { tokens: 1, d: 1, width: 1 },
  { tokens: 3, d: 37, width: 37 },
  { tokens: 19, d: 576, width: 576 },
  { tokens: 5, d: 48, width: 16 },
  { tokens: 4, d: 51, width: 17 },
] as const;

function casesOf({ tokens, d, width }: (typeof sizes)[number]): readonly OpCase[] {
  const label = `[${tokens}, ${d}] in groups of ${width}`;
  const dimensions = { tokens };
  const attributes = { epsilon: 1e-5 };
  const x = { shape: ['tokens', d] };
  const w: CaseInput = { shape: [width], kind: 'parameter' };
  const frozen: CaseInput = { shape: [width], kind: 'weight' };
  const common = { label, dimensions, attributes };
  const grouped: readonly OpCase[] = [
    { ...common, op: ops.rmsNorm, inputs: [x, w], differentiable: [0, 1] },
    { ...common, op: ops.rmsNorm, inputs: [x, frozen], label: `${label}, frozen`, differentiable: [0] },
    { ...common, op: rmsNormDx, inputs: [x, x, w, null] },
    { ...common, op: rmsNormDx, inputs: [x, x, w, x], label: `${label}, addend` },
    { ...common, op: rmsNormDw, inputs: [x, x], attributes: { ...attributes, width } },
  ];
  return d === width ? [...grouped, ...layerNormCases(tokens, d)] : grouped;
}

/** Rows far from zero too: the variance must not be a difference of large numbers. */
function layerNormCases(tokens: number, d: number): readonly OpCase[] {
  const dimensions = { tokens };
  const attributes = { epsilon: 1e-5 };
  const x = { shape: ['tokens', d] };
  const w: CaseInput = { shape: [d], kind: 'parameter' };
  const shifted = randomNumbers(tokens * d, 21).map((value) => value + 100);
  const common = { label: `[${tokens}, ${d}]`, dimensions, attributes };
  const cases: readonly OpCase[] = [
    { ...common, op: ops.layerNorm, inputs: [x, w, w], differentiable: [0, 1, 2] },
    { ...common, op: layerNormDx, inputs: [x, x, w, null] },
    { ...common, op: layerNormDx, inputs: [x, x, w, x], label: `[${tokens}, ${d}], addend` },
    { ...common, op: layerNormDw, inputs: [x, x] },
  ];
  const far: OpCase = {
    ...common,
    op: ops.layerNorm,
    label: `[${tokens}, ${d}], far from zero`,
    inputs: [{ ...x, values: shifted }, w, w],
    tolerance: 2e-4,
  };
  return d > 1 ? [...cases, far] : cases;
}

export const normCases: readonly OpCase[] = sizes.flatMap(casesOf);
