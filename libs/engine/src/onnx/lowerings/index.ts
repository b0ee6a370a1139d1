/** The ONNX form of ops, by the op's name. The others have a float64 reference instead. */
import type { Lowering } from '../lowering.ts';
import { attention } from './attention.ts';
import { add, geluTanh, scaleColumns, siluMul, squaredNorm, tanh, tanhGrad } from './elementwise.ts';
import { columnDot, columnSum, linear, linearDw, linearDx } from './linear.ts';
import { linearCrossEntropy } from './loss.ts';
import { layerNorm, rmsNorm } from './norm.ts';
import { rope, ropeTable } from './rope.ts';
import { padColumns, pickRows, sliceColumns } from './rows.ts';

export const lowerings: ReadonlyMap<string, Lowering> = new Map([
  ['embedding', pickRows],
  ['gather_rows', pickRows],
  ['slice_columns', sliceColumns],
  ['pad_columns', padColumns],
  ['linear', linear],
  ['linear_dx', linearDx],
  ['linear_dw', linearDw],
  ['column_sum', columnSum],
  ['column_dot', columnDot],
  ['rms_norm', rmsNorm],
  ['layer_norm', layerNorm],
  ['rope_table', ropeTable],
  ['rope', rope],
  ['attention', attention],
  ['silu_mul', siluMul],
  ['gelu_tanh', geluTanh],
  ['tanh', tanh],
  ['tanh_grad', tanhGrad],
  ['add', add],
  ['scale_columns', scaleColumns],
  ['linear_cross_entropy', linearCrossEntropy],
  ['squared_norm', squaredNorm],
]);
