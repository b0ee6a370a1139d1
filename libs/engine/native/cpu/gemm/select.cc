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

#if defined(__x86_64__)
// For CPUs whose multiply-adds compete with every other vector instruction: widening bf16 weights in each tile costs
// them 7 % (4 more instructions beside 56), in a panel of its own under 1 %.
template <const MicroKernels& (*kernels)()>
const MicroKernels& widening() {
  static const MicroKernels changed = [] {
    MicroKernels copy = kernels();
    copy.tilesWorthWidening = 6;
    return copy;
  }();
  return changed;
}

template <const MicroKernels& (*kernels)()>
const Gemm* boundFor(const CpuFeatures& features) {
  return features.sharedVectorPorts ? &bound<widening<kernels>>() : &bound<kernels>();
}
#endif

}  // namespace

std::vector<NamedGemm> availableGemms([[maybe_unused]] const CpuFeatures& features) {
  std::vector<NamedGemm> all = {{"portable", &bound<portable::microKernels>()}};
#if defined(__x86_64__)
  if (features.avx2) all.push_back({"avx2", boundFor<avx2::microKernels>(features)});
  if (features.avx512) all.push_back({"avx512", boundFor<avx512::microKernels>(features)});
#if defined(WEFT_HAVE_AVX512BF16)
  if (features.avx512bf16) {
    const NamedGemm pairs{"avx512bf16", boundFor<avx512bf16::microKernels>(features)};
    // Intel's cores multiply pairs of bf16 at half the speed of fp32 (170 against 335 GFLOP/s measured), so operands
    // that are rounded to bf16 are better multiplied in fp32.
    all.insert(features.sharedVectorPorts ? all.end() - 1 : all.end(), pairs);
  }
#endif
#if defined(WEFT_HAVE_AMX)
  if (features.amxBf16) all.push_back({"amx", boundFor<amx::microKernels>(features)});
#endif
#endif
  return all;
}

const Gemm& selectGemm(const CpuFeatures& features) { return *availableGemms(features).back().gemm; }

}  // namespace weft
