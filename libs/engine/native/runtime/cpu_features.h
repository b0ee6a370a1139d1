// What the CPU and the operating system let us use, so that kernels can be chosen at run time.
#pragma once

#include <string>

namespace weft {

struct CpuFeatures {
  bool avx2 = false;        // with FMA, F16C and BMI2
  bool avx512 = false;      // F, BW, DQ, VL
  bool avx512bf16 = false;
  bool avx512fp16 = false;
  bool amxBf16 = false;     // AMX-TILE and AMX-BF16, and the system lets this process use tiles
  // Whether multiply-adds run on every port that other vector instructions need too (Intel's cores).
  bool sharedVectorPorts = false;
  std::string name;         // the CPU's own name, empty if unknown
};

// Reads the CPU. Features that the operating system does not save on a context switch, or does not grant when asked,
// count as absent.
CpuFeatures detectCpuFeatures();

}  // namespace weft
