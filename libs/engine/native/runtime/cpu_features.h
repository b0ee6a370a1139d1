// What the CPU and the operating system let us use, so that kernels can be chosen at run time.
#pragma once

#include <string>

namespace weft {

struct CpuFeatures {
  bool avx2 = false;        // with FMA, F16C and BMI2
  bool avx512 = false;      // F, BW, DQ, VL
  bool avx512bf16 = false;
  bool avx512fp16 = false;
  bool amxBf16 = false;     // AMX-TILE and AMX-BF16; permission to use tiles is asked for separately
  std::string name;         // the CPU's own name, empty if unknown
};

// Reads the CPU. Features that the operating system does not save on a context switch count as absent.
CpuFeatures detectCpuFeatures();

}  // namespace weft
