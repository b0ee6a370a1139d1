// Products of row-major activations, around the micro-kernels of any instruction set.
#pragma once

#include "cpu/gemm/panels.h"

namespace weft::gemm {

// C[M, N] = alpha * A * B + bias + addend, where B is packed and A's element (m, k) lies as RowBlock says.
void multiplyPanels(ThreadPool& pool, int64_t m, const RowBlock& a, const Panels& b, float* c, int64_t ldc,
                    const Gemm::Epilogue& epilogue);

// As Gemm::multiply.
void multiplyPlain(const MicroKernels& kernels, ThreadPool& pool, const Gemm::Operands& operands, float* c, int64_t ldc,
                   const Gemm::Epilogue& epilogue);

}  // namespace weft::gemm
