// Compiled for the baseline of the architecture, since it runs before anything is known of the CPU.
#include "cpu/gemm/select.h"
#include "cpu/kernel_table.h"
#include "runtime/cpu_features.h"

namespace weft {

namespace portable {
Kernel findKernel(std::string_view op);
}
#if defined(__x86_64__)
namespace avx2 {
Kernel findKernel(std::string_view op);
}
namespace avx512 {
Kernel findKernel(std::string_view op);
}
#endif

namespace {

#if defined(__x86_64__)
CpuFeatures onlyAvx2(const CpuFeatures& features) {
  CpuFeatures limited;
  limited.avx2 = features.avx2;
  return limited;
}
#endif

}  // namespace

const KernelTable& selectKernels([[maybe_unused]] std::string_view limit) {
#if defined(__x86_64__)
  static const CpuFeatures features = detectCpuFeatures();
  static const KernelTable avx512Table{"avx512", &selectGemm(features), avx512::findKernel};
  static const KernelTable avx2Table{"avx2", &selectGemm(onlyAvx2(features)), avx2::findKernel};
  const bool mayUse512 = limit.empty() || limit == "avx512";
  if (features.avx512 && mayUse512) return avx512Table;
  if (features.avx2 && (mayUse512 || limit == "avx2")) return avx2Table;
#endif
  static const KernelTable portableTable{"portable", &selectGemm(CpuFeatures{}), portable::findKernel};
  return portableTable;
}

}  // namespace weft
