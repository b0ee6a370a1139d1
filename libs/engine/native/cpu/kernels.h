// Every kernel of the op table, as compiled for one instruction set. Each file says the layout of its own.
#pragma once

#include "runtime/kernel.h"

namespace weft::WEFT_ISA {

Status accumulate(const Call& call);
Status adamw(const Call& call);
Status add(const Call& call);
Status attention(const Call& call);
Status attentionGrad(const Call& call);
Status cachedAttention(const Call& call);
Status columnDot(const Call& call);
Status columnSum(const Call& call);
Status dropout(const Call& call);
Status embedding(const Call& call);
Status embeddingGrad(const Call& call);
Status gatherRows(const Call& call);
Status geluTanh(const Call& call);
Status geluTanhGrad(const Call& call);
Status layerNorm(const Call& call);
Status layerNormDw(const Call& call);
Status layerNormDx(const Call& call);
Status linear(const Call& call);
Status linearCrossEntropy(const Call& call);
Status linearDw(const Call& call);
Status linearDx(const Call& call);
Status padColumns(const Call& call);
Status rmsNorm(const Call& call);
Status rmsNormDw(const Call& call);
Status rmsNormDx(const Call& call);
Status rope(const Call& call);
Status ropeTable(const Call& call);
Status scaleColumns(const Call& call);
Status scatterRows(const Call& call);
Status siluMul(const Call& call);
Status siluMulGrad(const Call& call);
Status sliceColumns(const Call& call);
Status squaredNorm(const Call& call);
Status tanh(const Call& call);
Status tanhGrad(const Call& call);

}  // namespace weft::WEFT_ISA
