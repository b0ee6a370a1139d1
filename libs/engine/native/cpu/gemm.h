// Matrix products, the bulk of all time. Activations are fp32 and row-major; the right-hand side is packed once
// (frozen weights) or per call (trainable weights, gradients of weights).
//
//   C[M, N] = alpha * A[M, K] * B[K, N] + bias[N] + addend[M, N]
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "runtime/tensor.h"
#include "runtime/thread_pool.h"

namespace weft {

// How products are computed. `bf16`: operands rounded to bf16 (nearest even), accumulated in fp32.
enum class Compute : int32_t { f32 = 0, bf16 = 1 };

// The right-hand side B[K, N], laid out in panels for the micro-kernels of one instruction set. Immutable.
class PackedMatrix {
 public:
  virtual ~PackedMatrix() = default;
  int64_t k = 0;
  int64_t n = 0;
  Compute compute = Compute::f32;
  // Memory held, in bytes.
  size_t bytes = 0;
};

// Yields `count` consecutive rows of the stored matrix [rows, cols] as fp32 into `out` (row-major, cols wide).
// Thread-safe. Packing reads weights only through this, so any file format or dtype can be packed.
struct RowReader {
  int64_t rows = 0;
  int64_t cols = 0;
  // True where every value is exactly a bf16, so that a pack may keep 16 bits without loss even for Compute::f32.
  bool exactInBf16 = false;
  std::function<void(int64_t firstRow, int64_t count, float* out)> read;
};

struct Gemm {
  // Packs a stored weight W[rows, cols] as B. transposed = true: B = Wᵀ, so K = cols, N = rows (y = x Wᵀ, the
  // forward product of a linear stored [out, in]); false: B = W, so K = rows, N = cols (dx = dy W).
  std::unique_ptr<PackedMatrix> (*pack)(ThreadPool& pool, const RowReader& weight, bool transposed, Compute compute);

  struct Epilogue {
    float alpha = 1.0f;
    const float* bias = nullptr;    // [N]
    const float* addend = nullptr;  // [M, N], leading dimension ldc; may be C itself
  };
  void (*multiplyPacked)(ThreadPool& pool, int64_t m, const float* a, int64_t lda, const PackedMatrix& b, float* c,
                         int64_t ldc, const Epilogue& epilogue);

  // Both operands plain. aTransposed: A is stored [K, M] (lda = its row length); bTransposed: B is stored [N, K].
  // Also the path for skinny products (N or K as small as 1, as the ranks of LoRA are).
  struct Operands {
    int64_t m, n, k;
    const float* a;
    int64_t lda;
    bool aTransposed;
    const float* b;
    int64_t ldb;
    bool bTransposed;
    Compute compute;
  };
  void (*multiply)(ThreadPool& pool, const Operands& operands, float* c, int64_t ldc, const Epilogue& epilogue);
};

}  // namespace weft
