#include "cpu/gemm/multiply.h"
#include "test/gemm_products.h"
#include "test/test.h"

namespace weft::test {
namespace {

constexpr int64_t kSizes[] = {1, 2, 15, 16, 17, 31, 33, 127};
constexpr int64_t kGap = 3;  // C is wider than N, so that a store beyond an edge is seen

// Every combination of epilogue parts, one after the other.
struct EpilogueCase {
  float alpha;
  bool bias, addend, inPlace;
};
constexpr EpilogueCase kEpilogues[] = {
    {1.0f, false, false, false}, {0.5f, false, false, false}, {1.0f, true, false, false},  {-2.0f, true, false, false},
    {1.0f, false, true, false},  {0.25f, false, true, true},  {1.0f, true, true, true},    {3.0f, true, true, false},
};

std::string describeCase(const char* gemm, Compute compute, const Shape& s, const std::string& what) {
  return std::string(gemm) + (compute == Compute::bf16 ? " bf16 " : " f32 ") + what + " m=" + std::to_string(s.m) +
         " n=" + std::to_string(s.n) + " k=" + std::to_string(s.k);
}

struct Problem {
  Shape shape;
  Matrix a, b, bias, addend;

  explicit Problem(const Shape& s, bool exactB = false)
      : shape(s),
        a(randomMatrix(s.m, s.k, 1)),
        b(exactB ? roundedToBf16(randomMatrix(s.k, s.n, 2)) : randomMatrix(s.k, s.n, 2)),
        bias(randomMatrix(1, s.n, 3)),
        addend(randomMatrix(s.m, s.n + kGap, 4)) {}
};

// Runs `multiply` on C prepared for the epilogue and returns the worst error; infinity if it wrote outside C.
template <class Multiply>
double errorOf(const Problem& p, Compute compute, const EpilogueCase& e, Multiply multiply) {
  const int64_t ldc = p.shape.n + kGap;
  Matrix c(p.addend.size(), -7.0f);
  if (e.inPlace) c = p.addend;
  const Gemm::Epilogue epilogue{e.alpha, e.bias ? p.bias.data() : nullptr,
                                e.addend ? (e.inPlace ? c.data() : p.addend.data()) : nullptr};
  const Matrix before = c;
  Gemm::Epilogue naive = epilogue;
  if (e.addend) naive.addend = p.addend.data();
  const bool round = compute == Compute::bf16;
  const Expected expected =
      naiveProduct(p.shape, round ? roundedToBf16(p.a) : p.a, round ? roundedToBf16(p.b) : p.b, naive, ldc);
  multiply(c.data(), ldc, epilogue);
  for (int64_t i = 0; i < p.shape.m; ++i) {
    for (int64_t j = p.shape.n; j < ldc; ++j) {
      if (c[static_cast<size_t>(i * ldc + j)] != before[static_cast<size_t>(i * ldc + j)]) return INFINITY;
    }
  }
  return worstError(p.shape, c, ldc, expected);
}

void checkPacked(Context& context, const NamedGemm& set, ThreadPool& pool, const Problem& p, Compute compute,
                 bool transposedWeight, const EpilogueCase& e) {
  const Shape& s = p.shape;
  const Matrix stored = transposedWeight ? transposed(p.b, s.k, s.n) : p.b;
  const bool exact = roundedToBf16(p.b) == p.b;
  const auto packed = set.gemm->pack(
      pool, readerOf(stored, transposedWeight ? s.n : s.k, transposedWeight ? s.k : s.n, exact), transposedWeight, compute);
  WEFT_REQUIRE(packed != nullptr);
  const double error = errorOf(p, compute, e, [&](float* c, int64_t ldc, const Gemm::Epilogue& epilogue) {
    set.gemm->multiplyPacked(pool, s.m, p.a.data(), s.k, *packed, c, ldc, epilogue);
  });
  if (!(error <= kTolerance)) {
    context.failures.push_back(describeCase(set.name, compute, s, "packed, error " + std::to_string(error)));
  }
}

void checkPlain(Context& context, const NamedGemm& set, ThreadPool& pool, const Problem& p, Compute compute, int layout,
                const EpilogueCase& e) {
  const Shape& s = p.shape;
  const bool at = (layout & 1) != 0, bt = (layout & 2) != 0;
  const Matrix a = at ? transposed(p.a, s.m, s.k) : p.a, b = bt ? transposed(p.b, s.k, s.n) : p.b;
  const Gemm::Operands operands{s.m, s.n, s.k, a.data(), at ? s.m : s.k, at, b.data(), bt ? s.k : s.n, bt, compute};
  const auto multiply = [&](float* c, int64_t ldc, const Gemm::Epilogue& epilogue) {
    set.gemm->multiply(pool, operands, c, ldc, epilogue);
  };
  double error = errorOf(p, compute, e, multiply);
  // Where nothing is gained by rounding, operands may stay exact.
  if (compute == Compute::bf16) error = std::fmin(error, errorOf(p, Compute::f32, e, multiply));
  if (!(error <= kTolerance)) {
    const std::string what = "plain layout " + std::to_string(layout) + ", error " + std::to_string(error);
    context.failures.push_back(describeCase(set.name, compute, s, what));
  }
}

template <class Check>
void forEverySet(Check check) {
  for (const int threads : {1, 2, 3}) {
    ThreadPool pool(threads);
    for (const NamedGemm& set : availableGemms(detectCpuFeatures())) {
      for (const Compute compute : {Compute::f32, Compute::bf16}) check(set, pool, compute);
    }
  }
}

}  // namespace

WEFT_TEST(gemmOddSizesMatchFloat64) {
  size_t turn = 0;
  std::vector<Problem> problems;
  for (const int64_t m : kSizes) {
    for (const int64_t n : kSizes) {
      for (const int64_t k : kSizes) problems.emplace_back(Shape{m, n, k}, (m + n + k) % 3 == 0);
    }
  }
  forEverySet([&](const NamedGemm& set, ThreadPool& pool, Compute compute) {
    for (const Problem& p : problems) {
      ++turn;
      const EpilogueCase& e = kEpilogues[turn % std::size(kEpilogues)];
      checkPacked(context, set, pool, p, compute, turn % 2 == 0, e);
      checkPlain(context, set, pool, p, compute, static_cast<int>(turn % 4), e);
    }
  });
}

WEFT_TEST(gemmEveryEpilogueAndLayout) {
  const std::vector<Problem> problems = {
      Problem({37, 101, 67}), Problem({5, 64, 130}, true), Problem({67, 8, 97}), Problem({8, 97, 67}), Problem({97, 101, 7}),
  };
  forEverySet([&](const NamedGemm& set, ThreadPool& pool, Compute compute) {
    for (const Problem& p : problems) {
      for (const EpilogueCase& e : kEpilogues) {
        for (const bool transposedWeight : {false, true}) {
          checkPacked(context, set, pool, p, compute, transposedWeight, e);
        }
        for (int layout = 0; layout < 4; ++layout) checkPlain(context, set, pool, p, compute, layout, e);
      }
    }
  });
}

// Deep enough that K is cut into blocks, and tall enough that rows are.
WEFT_TEST(gemmBlocksOfDepthAndRows) {
  const std::vector<Problem> problems = {Problem({19, 33, 4999}), Problem({600, 35, 700}, true)};
  forEverySet([&](const NamedGemm& set, ThreadPool& pool, Compute compute) {
    for (const Problem& p : problems) {
      checkPacked(context, set, pool, p, compute, true, kEpilogues[5]);
      checkPacked(context, set, pool, p, compute, false, kEpilogues[7]);
      checkPlain(context, set, pool, p, compute, 3, kEpilogues[6]);
    }
  });
}

// bf16 weights multiplied in fp32, each panel widened once for many tiles, as some CPUs want it.
WEFT_TEST(gemmPanelsWidenedOnce) {
  MicroKernels kernels = portable::microKernels();
  kernels.tilesWorthWidening = 3;
  for (const Shape& s : {Shape{40, 37, 129}, Shape{13, 8, 64}, Shape{70, 33, 2500}}) {
    ThreadPool pool(2);
    const Problem p(s, true);
    const auto packed = gemm::packWeight(kernels, pool, readerOf(p.b, s.k, s.n, true), false, Compute::f32);
    const gemm::Panels& panels = static_cast<const gemm::OwnedPanels&>(*packed).panels;
    WEFT_EXPECT(packed->bytes < static_cast<size_t>(s.n + 8) * static_cast<size_t>(s.k + 1) * 2);
    for (const EpilogueCase& e : kEpilogues) {
      const double error = errorOf(p, Compute::f32, e, [&](float* c, int64_t ldc, const Gemm::Epilogue& epilogue) {
        gemm::multiplyPanels(pool, s.m, {p.a.data(), s.k, 1}, panels, c, ldc, epilogue);
      });
      WEFT_EXPECT(error <= kTolerance);
    }
  }
}

WEFT_TEST(gemmEmptyProducts) {
  const Matrix some(64, 1.0f);
  forEverySet([&](const NamedGemm& set, ThreadPool& pool, Compute compute) {
    const auto packed = set.gemm->pack(pool, readerOf(some, 8, 8, true), true, compute);
    Matrix c(64, 5.0f);
    set.gemm->multiplyPacked(pool, 0, some.data(), 8, *packed, c.data(), 8, {});
    for (const Shape& s : {Shape{0, 8, 8}, Shape{8, 0, 8}}) {
      set.gemm->multiply(pool, {s.m, s.n, s.k, some.data(), 8, false, some.data(), 8, false, compute}, c.data(), 8, {});
    }
    WEFT_EXPECT(c == Matrix(64, 5.0f));
    const auto noDepth = set.gemm->pack(pool, readerOf(some, 8, 0, true), true, compute);
    Gemm::Epilogue epilogue;
    epilogue.bias = some.data();
    set.gemm->multiplyPacked(pool, 8, some.data(), 0, *noDepth, c.data(), 8, epilogue);
    WEFT_EXPECT(c == Matrix(64, 1.0f));
    set.gemm->multiply(pool, {8, 8, 0, some.data(), 0, false, some.data(), 8, false, compute}, c.data(), 8, {});
    WEFT_EXPECT(c == Matrix(64, 0.0f));
  });
}

WEFT_TEST(gemmInfinityAndNanPropagate) {
  const Shape s{20, 40, 50};
  forEverySet([&](const NamedGemm& set, ThreadPool& pool, Compute compute) {
    Problem p(s);
    p.a[3 * 50 + 7] = NAN;
    p.a[11 * 50 + 49] = INFINITY;
    const auto packed = set.gemm->pack(pool, readerOf(p.b, 50, 40, false), false, compute);
    Matrix c(20 * 40);
    set.gemm->multiplyPacked(pool, s.m, p.a.data(), s.k, *packed, c.data(), s.n, {});
    for (int64_t i = 0; i < s.m; ++i) {
      for (int64_t j = 0; j < s.n; ++j) {
        const float value = c[static_cast<size_t>(i * s.n + j)];
        if (i == 3) WEFT_EXPECT(std::isnan(value));
        else if (i == 11) WEFT_EXPECT(std::isinf(value));
        else WEFT_EXPECT(std::isfinite(value));
      }
    }
  });
}

// A result is the same bytes whenever the thread count is.
WEFT_TEST(gemmRepeatsExactly) {
  const Problem p({200, 190, 300});
  forEverySet([&](const NamedGemm& set, ThreadPool& pool, Compute compute) {
    Matrix first(200 * 190), again(200 * 190);
    const Gemm::Operands operands{200, 190, 300, p.a.data(), 300, false, p.b.data(), 190, false, compute};
    set.gemm->multiply(pool, operands, first.data(), 190, {});
    for (int i = 0; i < 3; ++i) {
      set.gemm->multiply(pool, operands, again.data(), 190, {});
      WEFT_EXPECT(std::memcmp(first.data(), again.data(), first.size() * 4) == 0);
    }
  });
}

}  // namespace weft::test
