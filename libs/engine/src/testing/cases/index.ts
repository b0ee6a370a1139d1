import type { OpCase } from '../op-case.ts';
import { attentionCases } from './attention.ts';
import { elementwiseCases } from './elementwise.ts';
import { linearCases } from './linear.ts';
import { lossCases } from './loss.ts';
import { normCases } from './norm.ts';
import { ropeCases } from './rope.ts';
import { rowCases } from './rows.ts';
import { updateCases } from './update.ts';

export const opCases: readonly OpCase[] = [
  ...linearCases,
  ...elementwiseCases,
  ...normCases,
  ...rowCases,
  ...ropeCases,
  ...attentionCases,
  ...lossCases,
  ...updateCases,
];
