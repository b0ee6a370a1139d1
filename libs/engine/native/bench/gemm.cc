// Speed of products at the shapes of a 135M Llama: GFLOP/s for training, GB/s of weights for decoding.
//   bench_gemm [threads] [part of a set's name]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cpu/gemm/select.h"
#include "runtime/aligned_buffer.h"

namespace weft {
namespace {

using Clock = std::chrono::steady_clock;

// The shortest of many repeats: other work on the machine only ever adds time.
template <class Body>
double secondsOf(Body body) {
  double best = 1e9;
  const auto start = Clock::now();
  for (int i = 0; i < 5 || Clock::now() - start < std::chrono::milliseconds(250); ++i) {
    const auto begin = Clock::now();
    body();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return best;
}

// Random numbers, aligned as the engine's own memory is.
class Values {
 public:
  explicit Values(int64_t count) : memory_(static_cast<size_t>(count) * sizeof(float)) {
    uint32_t state = 1;
    for (int64_t i = 0; i < count; ++i) {
      state = state * 1664525u + 1013904223u;
      data()[i] = static_cast<float>(state >> 16) / 32768.0f - 1.0f;
    }
  }
  float* data() const { return static_cast<float*>(memory_.data()); }

 private:
  AlignedBuffer memory_;
};

struct Size {
  int64_t m, k, n;
};

double packed(const Gemm& gemm, ThreadPool& pool, const Size& s, Compute compute, bool exact) {
  const Values a(s.m * s.k), row(s.k), c(s.m * s.n);
  const RowReader weight{s.n, s.k, exact, [&](int64_t, int64_t count, float* out) {
                           for (int64_t i = 0; i < count; ++i) std::copy_n(row.data(), s.k, out + i * s.k);
                         }};
  const auto b = gemm.pack(pool, weight, true, compute);
  return secondsOf([&] { gemm.multiplyPacked(pool, s.m, a.data(), s.k, *b, c.data(), s.n, {}); });
}

double plain(const Gemm& gemm, ThreadPool& pool, const Size& s, bool at, bool bt, bool add) {
  const Values a(s.m * s.k), b(s.k * s.n), c(s.m * s.n);
  Gemm::Epilogue epilogue;
  if (add) epilogue.addend = c.data();
  const Gemm::Operands operands{s.m, s.n, s.k, a.data(), at ? s.m : s.k, at, b.data(), bt ? s.k : s.n, bt, Compute::f32};
  return secondsOf([&] { gemm.multiply(pool, operands, c.data(), s.n, epilogue); });
}

void report(const NamedGemm& set, ThreadPool& pool) {
  const Gemm& gemm = *set.gemm;
  std::printf("%s, %d threads\n  packed m x k x n              f32     f32 of bf16 weights    bf16   GFLOP/s\n", set.name,
              pool.threads());
  for (const Size& s : {Size{512, 576, 576}, Size{512, 576, 192}, Size{512, 192, 576}, Size{512, 576, 1536},
                        Size{512, 1536, 576}, Size{2048, 576, 1536}, Size{2048, 1536, 576}, Size{128, 576, 49152},
                        Size{128, 49152, 576}}) {
    const double work = 2.0 * static_cast<double>(s.m * s.k * s.n) / 1e9;
    std::printf("  %5ld x %5ld x %5ld %16.1f %16.1f %16.1f\n", static_cast<long>(s.m), static_cast<long>(s.k),
                static_cast<long>(s.n), work / packed(gemm, pool, s, Compute::f32, false),
                work / packed(gemm, pool, s, Compute::f32, true), work / packed(gemm, pool, s, Compute::bf16, true));
  }
  std::printf("  decoding                   f32 of bf16 weights    bf16   GB/s of weights\n");
  for (const Size& s : {Size{1, 576, 576}, Size{1, 576, 1536}, Size{1, 1536, 576}, Size{1, 576, 49152}, Size{8, 576, 49152}}) {
    const double bytes = 2.0 * static_cast<double>(s.k * s.n) / 1e9;
    std::printf("  %5ld x %5ld x %5ld %16.1f %16.1f\n", static_cast<long>(s.m), static_cast<long>(s.k),
                static_cast<long>(s.n), bytes / packed(gemm, pool, s, Compute::f32, true),
                bytes / packed(gemm, pool, s, Compute::bf16, true));
  }
  struct Named {
    const char* name;
    Size size;
    bool at, bt, add;
  };
  std::printf("  adapters                                microseconds  GB/s\n");
  for (const int64_t r : {8, 64}) {
    for (const Named& p : {Named{"x A^T", {512, 576, r}, false, true, false}, Named{"C += u B^T", {512, r, 576}, false, true, true},
                           Named{"du = dY B", {512, 576, r}, false, false, false},
                           Named{"dx += du A", {512, r, 576}, false, false, true},
                           Named{"dB = dY^T u", {576, 512, r}, true, false, false},
                           Named{"dA = du^T x", {r, 512, 576}, true, false, false}}) {
      const double seconds = plain(gemm, pool, p.size, p.at, p.bt, p.add);
      const Size& s = p.size;
      const double bytes = 4.0 * static_cast<double>(s.m * s.k + s.k * s.n + s.m * s.n * (p.add ? 2 : 1));
      std::printf("  %-12s %5ld x %5ld x %5ld %12.1f %10.1f\n", p.name, static_cast<long>(s.m), static_cast<long>(s.k),
                  static_cast<long>(s.n), seconds * 1e6, bytes / seconds / 1e9);
    }
  }
}

}  // namespace
}  // namespace weft

int main(int argc, char** argv) {
  weft::ThreadPool pool(argc > 1 ? std::atoi(argv[1]) : weft::defaultThreads());
  for (const weft::NamedGemm& set : weft::availableGemms(weft::detectCpuFeatures())) {
    if (argc > 2 && std::strcmp(set.name, argv[2]) != 0) continue;
    weft::report(set, pool);
  }
  return 0;
}
