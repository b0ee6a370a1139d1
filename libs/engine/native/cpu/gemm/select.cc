#include "cpu/gemm/select.h"

#include "cpu/gemm/multiply.h"

namespace weft {
namespace {

// Binds the products to the micro-kernels of one instruction set.
template <const MicroKernels& (*kernels)()>
const Gemm& bound() {
  static constexpr Gemm gemm = {
      .pack = [](ThreadPool& pool, const RowReader& weight, bool transposed, Compute compute) {
        return gemm::packWeight(kernels(), pool, weight, transposed, compute);
      },
      .multiplyPacked = [](ThreadPool& pool, int64_t m, const float* a, int64_t lda, const PackedMatrix& b, float* c,
                           int64_t ldc, const Gemm::Epilogue& epilogue) {
        const gemm::Panels& panels = static_cast<const gemm::OwnedPanels&>(b).panels;
        gemm::multiplyPanels(pool, m, {a, lda, 1}, panels, c, ldc, epilogue);
      },
      .multiply = [](ThreadPool& pool, const Gemm::Operands& operands, float* c, int64_t ldc,
                     const Gemm::Epilogue& epilogue) {
        gemm::multiplyPlain(kernels(), pool, operands, c, ldc, epilogue);
      },
  };
  return gemm;
}

}  // namespace

std::vector<NamedGemm> availableGemms([[maybe_unused]] const CpuFeatures& features) {
  std::vector<NamedGemm> all = {{"portable", &bound<portable::microKernels>()}};
#if defined(__x86_64__)
  if (features.avx2) all.push_back({"avx2", &bound<avx2::microKernels>()});
  if (features.avx512) all.push_back({"avx512", &bound<avx512::microKernels>()});
  if (features.avx512bf16) all.push_back({"avx512bf16", &bound<avx512bf16::microKernels>()});
#endif
  return all;
}

const Gemm& selectGemm(const CpuFeatures& features) { return *availableGemms(features).back().gemm; }

}  // namespace weft
