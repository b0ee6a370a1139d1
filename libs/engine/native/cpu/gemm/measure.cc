#include <algorithm>
#include <chrono>
#include <vector>

#include "cpu/gemm/select.h"

namespace weft {

double measureGemm(const Gemm& gemm, ThreadPool& pool, Compute compute) {
  using Clock = std::chrono::steady_clock;
  constexpr int64_t m = 512, k = 576, n = 1536;
  constexpr auto budget = std::chrono::milliseconds(45);
  const std::vector<float> a(m * k, 0.5f);
  std::vector<float> c(m * n);
  const RowReader weight{n, k, true, [](int64_t, int64_t count, float* out) { std::fill_n(out, count * k, 0.25f); }};
  const auto packed = gemm.pack(pool, weight, true, compute);
  if (packed == nullptr) return 0;
  double best = 0;
  const auto start = Clock::now();
  do {
    const auto begin = Clock::now();
    gemm.multiplyPacked(pool, m, a.data(), k, *packed, c.data(), n, {});
    const double nanoseconds = std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
    best = std::max(best, 2.0 * m * k * n / nanoseconds);
  } while (Clock::now() - start < budget);
  return best;
}

}  // namespace weft
