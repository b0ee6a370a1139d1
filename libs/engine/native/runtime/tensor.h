// Views of memory that kernels read and write. A view owns nothing.
#pragma once

#include <cstdint>

namespace weft {

enum class DType : int32_t { f32 = 0, bf16 = 1, i32 = 2, f16 = 3 };

class PackedMatrix;
class WeightSource;

// Row-major and dense: element (i, j) lies at data[i * cols + j]. A vector of n elements has rows = 1, cols = n;
// one number per token has rows = tokens, cols = 1. An absent optional input has data == nullptr and no packed form.
struct Tensor {
  void* data = nullptr;
  int64_t rows = 0;
  int64_t cols = 0;
  DType dtype = DType::f32;
  // Frozen weights of products carry their packed form instead of data (see cpu/gemm.h).
  // `packed` is B = Wᵀ (y = x Wᵀ), `packedTransposed` is B = W (dx = dy W); each is present where the op needs it.
  const PackedMatrix* packed = nullptr;
  const PackedMatrix* packedTransposed = nullptr;
  // Frozen tables that are read by row (embeddings) stay in their file (see io/weight_source.h).
  const WeightSource* source = nullptr;

  int64_t size() const { return rows * cols; }
  bool absent() const { return data == nullptr && packed == nullptr && packedTransposed == nullptr && source == nullptr; }
  float* f32() const { return static_cast<float*>(data); }
  int32_t* i32() const { return static_cast<int32_t*>(data); }
};

}  // namespace weft
