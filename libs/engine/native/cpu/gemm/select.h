// Which products this machine runs.
#pragma once

#include <vector>

#include "cpu/gemm.h"
#include "runtime/cpu_features.h"

namespace weft {

// The fastest set of products that a CPU with these features can run.
const Gemm& selectGemm(const CpuFeatures& features);

struct NamedGemm {
  const char* name;  // "portable", "avx2", "avx512", "avx512bf16", "amx"
  const Gemm* gemm;
};

// Every set that a CPU with these features can run, the fastest last.
std::vector<NamedGemm> availableGemms(const CpuFeatures& features);

// Operations per second, in GFLOP/s (a multiply-add counts two), of a product as in training: 512 rows, 576 -> 1536.
// Takes about 50 ms.
double measureGemm(const Gemm& gemm, ThreadPool& pool, Compute compute);

}  // namespace weft
