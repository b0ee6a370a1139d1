/** The float64 reference of every op, by the op's name. */
import { attention, attentionGrad, cachedAttention } from './attention.ts';
import { dropout } from './dropout.ts';
import {
  add,
  geluTanh,
  geluTanhGrad,
  scaleColumns,
  siluMul,
  siluMulGrad,
  tanh,
  tanhGrad,
} from './elementwise.ts';
import { columnDot, columnSum, linear, linearDw, linearDx } from './linear.ts';
import { linearCrossEntropy } from './loss.ts';
import type { Reference } from './matrix.ts';
import { layerNorm, layerNormDw, layerNormDx, rmsNorm, rmsNormDw, rmsNormDx } from './norm.ts';
import { rope, ropeTable } from './rope.ts';
import { padColumns, pickRows, placeRows, sliceColumns } from './rows.ts';
import { accumulate, adamw, squaredNorm } from './update.ts';

export const references: ReadonlyMap<string, Reference> = new Map([
  ['embedding', pickRows],
  ['embedding_grad', placeRows],
  ['linear', linear],
  ['linear_dx', linearDx],
  ['linear_dw', linearDw],
  ['column_sum', columnSum],
  ['column_dot', columnDot],
  ['rms_norm', rmsNorm],
  ['rms_norm_dx', rmsNormDx],
  ['rms_norm_dw', rmsNormDw],
  ['layer_norm', layerNorm],
  ['layer_norm_dx', layerNormDx],
  ['layer_norm_dw', layerNormDw],
  ['rope_table', ropeTable],
  ['rope', rope],
  ['attention', attention],
  ['attention_grad', attentionGrad],
  ['cached_attention', cachedAttention],
  ['silu_mul', siluMul],
  ['silu_mul_grad', siluMulGrad],
  ['gelu_tanh', geluTanh],
  ['gelu_tanh_grad', geluTanhGrad],
  ['tanh', tanh],
  ['tanh_grad', tanhGrad],
  ['add', add],
  ['scale_columns', scaleColumns],
  ['dropout', dropout],
  ['gather_rows', pickRows],
  ['scatter_rows', placeRows],
  ['slice_columns', sliceColumns],
  ['pad_columns', padColumns],
  ['linear_cross_entropy', linearCrossEntropy],
  ['accumulate', accumulate],
  ['squared_norm', squaredNorm],
  ['adamw', adamw],
]);
