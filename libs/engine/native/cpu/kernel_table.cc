#include "cpu/kernel_table.h"

#include "cpu/kernels.h"

namespace weft::WEFT_ISA {
namespace {

struct Entry {
  std::string_view op;
  Kernel kernel;
};

constexpr Entry kEntries[] = {
    {"accumulate", accumulate},
    {"adamw", adamw},
    {"add", add},
    {"attention", attention},
    {"attention_grad", attentionGrad},
    {"cached_attention", cachedAttention},
    {"column_dot", columnDot},
    {"column_sum", columnSum},
    {"dropout", dropout},
    {"embedding", embedding},
    {"embedding_grad", embeddingGrad},
    {"gather_rows", gatherRows},
    {"gelu_tanh", geluTanh},
    {"gelu_tanh_grad", geluTanhGrad},
    {"layer_norm", layerNorm},
    {"layer_norm_dw", layerNormDw},
    {"layer_norm_dx", layerNormDx},
    {"linear", linear},
    {"linear_cross_entropy", linearCrossEntropy},
    {"linear_dw", linearDw},
    {"linear_dx", linearDx},
    {"pad_columns", padColumns},
    {"rms_norm", rmsNorm},
    {"rms_norm_dw", rmsNormDw},
    {"rms_norm_dx", rmsNormDx},
    {"rope", rope},
    {"rope_table", ropeTable},
    {"scale_columns", scaleColumns},
    {"scatter_rows", scatterRows},
    {"silu_mul", siluMul},
    {"silu_mul_grad", siluMulGrad},
    {"slice_columns", sliceColumns},
    {"squared_norm", squaredNorm},
    {"tanh", tanh},
    {"tanh_grad", tanhGrad},
};

}  // namespace

Kernel findKernel(std::string_view op) {
  for (const Entry& entry : kEntries) {
    if (entry.op == op) return entry.kernel;
  }
  return nullptr;
}

}  // namespace weft::WEFT_ISA
