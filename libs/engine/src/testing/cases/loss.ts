import * as ops from '../../ops/index.ts';
import type { CaseInput, OpCase } from '../op-case.ts';
import { randomIndices, randomNumbers } from '../random.ts';

const sizes = [
  { labels: 0, d: 8, vocabulary: 11 },
  { labels: 1, d: 1, vocabulary: 2 },
  { labels: 3, d: 20, vocabulary: 67 },
  { labels: 150, d: 9, vocabulary: 70 },
] as const;

function casesOf({ labels, d, vocabulary }: (typeof sizes)[number]): readonly OpCase[] {
  const label = `${labels} labels, ${d} wide, vocabulary ${vocabulary}`;
  const make = (kind: 'weight' | 'parameter', gradient: number, weightGradient: number): OpCase => ({
    op: ops.linearCrossEntropy,
    label: `${label}, ${kind}, gradients ${gradient} ${weightGradient}`,
    inputs: [
      { shape: ['labels', d], values: randomNumbers(labels * d, 4, 2) },
      { shape: [vocabulary, d], kind } satisfies CaseInput,
      { shape: ['labels', 1], values: randomIndices(labels, vocabulary, 8) },
      { shape: [1], values: Float32Array.of(0.125) },
    ],
    attributes: { gradient, weightGradient },
    dimensions: { labels },
    differentiable: [...(gradient === 1 ? [0] : []), ...(weightGradient === 1 ? [1] : [])],
  });
  const adapted = (kind: 'weight' | 'parameter', weightGradient: number): OpCase => {
    const plain = make(kind, 1, weightGradient);
    const lowRank = { shape: ['labels', 3], values: randomNumbers(labels * 3, 5, 1) };
    return {
      ...plain,
      label: `${plain.label}, adapted`,
      inputs: [...plain.inputs, lowRank, { shape: [vocabulary, 3], kind: 'parameter' }],
      differentiable: [...(plain.differentiable ?? []), 4, 5],
    };
  };
  return [
    make('weight', 0, 0),
    make('weight', 1, 0),
    make('parameter', 1, 0),
    make('parameter', 1, 1),
    adapted('weight', 0),
    adapted('parameter', 1),
  ];
}

export const lossCases: readonly OpCase[] = sizes.flatMap(casesOf);
