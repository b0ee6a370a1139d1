// The kernels of one instruction set, by op. Each instruction set (portable, avx2, avx512) compiles every cpu/*.cc once
// with WEFT_ISA set to its name, so its kernels live in namespace weft::WEFT_ISA.
#pragma once

#include <string_view>

#include "cpu/gemm.h"
#include "runtime/kernel.h"

namespace weft {

struct KernelTable {
  const char* name;
  const Gemm* gemm;
  // Null where no kernel of that op exists.
  Kernel (*find)(std::string_view op);
};

// The best table that this machine can run; `limit` ("portable", "avx2", "avx512" or empty) lowers the choice.
const KernelTable& selectKernels(std::string_view limit);

}  // namespace weft
