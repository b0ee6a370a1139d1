// Products of tiles that lie in the caches, for attention: nothing is packed, B's rows are whole vectors.
#pragma once

#include "cpu/simd.h"

namespace weft::WEFT_ISA {

// C[m, n] = (add ? C : 0) + A[m, k] B[k, n]. A's element (i, j) lies at a[i * aRowStride + j * aDepthStride], so A may
// be turned; B and C are row-major. n is a multiple of kLanes.
struct SmallProduct {
  int64_t m, n, k;
  const float* a;
  int64_t aRowStride, aDepthStride;
  const float* b;
  int64_t ldb;
  float* c;
  int64_t ldc;
  bool add;
};

void multiplySmall(const SmallProduct& product);

constexpr int64_t roundUpToLanes(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

}  // namespace weft::WEFT_ISA
