#include <limits>

#include "test/ops_support.h"

namespace weft::test {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
const int64_t kSizes[] = {0, 1, 3, 15, 16, 17, 130, 40'001};

double silu(double x) { return x / (1 + std::exp(-x)); }
double gelu(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }

Doubles mapped(const Doubles& x, const std::function<double(double)>& f) {
  Doubles y;
  for (const double v : x) y.push_back(f(v));
  return y;
}

// Central differences of one number.
double slope(double x, const std::function<double(double)>& f) { return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5; }

struct Unary {
  const char* op;
  const char* gradient;
  double (*f)(double);
  bool gradientTakesOutput;
};
const Unary kUnary[] = {{"gelu_tanh", "gelu_tanh_grad", gelu, false}, {"tanh", "tanh_grad", std::tanh, true}};

}  // namespace

WEFT_TEST(ops_unary_match_float64_at_odd_sizes_and_in_place) {
  forMachines([&](Machine& machine) {
    for (const Unary& unary : kUnary) {
      for (const int64_t size : kSizes) {
        const std::string what = std::string(unary.op) + " of " + std::to_string(size) + " by " + machine.name();
        Array x = Array::random(1, size, 7, 6.0f), y(1, size), dy = Array::random(1, size, 8), dx(1, size);
        WEFT_EXPECT_OK(machine.run(unary.op, {x.tensor()}, {y.tensor()}));
        expectClose(context, what, y, mapped(x.doubles(), unary.f), 1e-6);
        Doubles expected;
        for (int64_t i = 0; i < size; ++i) {
          expected.push_back(static_cast<double>(dy[i]) * slope(static_cast<double>(x[i]), unary.f));
        }
        Array& point = unary.gradientTakesOutput ? y : x;
        WEFT_EXPECT_OK(machine.run(unary.gradient, {dy.tensor(), point.tensor()}, {dx.tensor()}));
        expectClose(context, what + " gradient", dx, expected, 3e-6);
        WEFT_EXPECT_OK(machine.run(unary.op, {x.tensor()}, {x.tensor()}));
        if (!unary.gradientTakesOutput) WEFT_EXPECT(x.hasSameBits(y));
      }
    }
  });
}

WEFT_TEST(ops_tanh_is_accurate_to_its_last_bits) {
  forMachines([&](Machine& machine) {
    Array x(1, 6001), y(1, 6001);
    for (int64_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i - 3000) / 300.0f;
    x[0] = 1e-30f;
    x[1] = -kInf;
    x[2] = kInf;
    x[3] = kNan;
    x[4] = -200.0f;
    WEFT_EXPECT_OK(machine.run("tanh", {x.tensor()}, {y.tensor()}));
    for (int64_t i = 0; i < x.size(); ++i) {
      const double wanted = std::tanh(static_cast<double>(x[i]));
      if (std::isnan(wanted)) WEFT_EXPECT(std::isnan(y[i]));
      else WEFT_EXPECT(std::fabs(static_cast<double>(y[i]) - wanted) <= 3e-7 * std::fabs(wanted));
    }
  });
}

WEFT_TEST(ops_silu_mul_and_its_gradient) {
  forMachines([&](Machine& machine) {
    for (const int64_t size : kSizes) {
      const std::string what = "silu_mul of " + std::to_string(size) + " by " + machine.name();
      Array gate = Array::random(1, size, 1, 8.0f), up = Array::random(1, size, 2, 2.0f), dy = Array::random(1, size, 3);
      Array y(1, size), dGate(1, size), dUp(1, size);
      Doubles expected, gateExpected, upExpected;
      for (int64_t i = 0; i < size; ++i) {
        const double g = static_cast<double>(gate[i]), u = static_cast<double>(up[i]), d = static_cast<double>(dy[i]);
        expected.push_back(silu(g) * u);
        gateExpected.push_back(d * u * slope(g, silu));
        upExpected.push_back(d * silu(g));
      }
      WEFT_EXPECT_OK(machine.run("silu_mul", {gate.tensor(), up.tensor()}, {y.tensor()}));
      expectClose(context, what, y, expected, 1e-6);
      WEFT_EXPECT_OK(machine.run("silu_mul_grad", {dy.tensor(), gate.tensor(), up.tensor()}, {dGate.tensor(), dUp.tensor()}));
      expectClose(context, what + " dGate", dGate, gateExpected, 3e-6);
      expectClose(context, what + " dUp", dUp, upExpected, 1e-6);
      WEFT_EXPECT_OK(machine.run("silu_mul_grad", {dy.tensor(), gate.tensor(), up.tensor()}, {gate.tensor(), up.tensor()}));
      WEFT_EXPECT(gate.hasSameBits(dGate) && up.hasSameBits(dUp));
    }
  });
}

WEFT_TEST(ops_silu_mul_at_the_edges_of_fp32) {
  forMachines([&](Machine& machine) {
    const std::vector<float> points = {0.0f, -0.0f, 1e-38f, -88.0f, -104.0f, -1e4f, 88.7f, 1e20f, kInf, kNan, -60.0f, 3.0f};
    const int64_t size = static_cast<int64_t>(points.size());
    Array gate = Array::of(1, size, points), up(1, size, 1.0f), y(1, size);
    WEFT_EXPECT_OK(machine.run("silu_mul", {gate.tensor(), up.tensor()}, {y.tensor()}));
    for (int64_t i = 0; i < size; ++i) {
      const double wanted = silu(static_cast<double>(points[static_cast<size_t>(i)]));
      if (std::isnan(wanted)) WEFT_EXPECT(std::isnan(y[i]));
      else if (std::isinf(wanted)) WEFT_EXPECT(std::isinf(y[i]));
      else WEFT_EXPECT_NEAR(static_cast<double>(y[i]), wanted, 3e-7 * std::fabs(wanted) + 1e-36);
    }
  });
}

WEFT_TEST(ops_add_and_accumulate) {
  forMachines([&](Machine& machine) {
    for (const int64_t size : kSizes) {
      Array a = Array::random(1, size, 1), b = Array::random(1, size, 2), y(1, size);
      if (size > 3) b[3] = kNan;
      Doubles expected = sumOf(a.doubles(), b.doubles());
      WEFT_EXPECT_OK(machine.run("add", {a.tensor(), b.tensor()}, {y.tensor()}));
      expectClose(context, "add by " + machine.name(), y, expected, 1e-7);
      WEFT_EXPECT_OK(machine.run("accumulate", {a.tensor(), b.tensor()}, {}));
      WEFT_EXPECT(a.isIntact() && std::memcmp(&a[0], &y[0], static_cast<size_t>(size) * 4) == 0);
      Array c = Array::random(1, size, 1), d = b;
      WEFT_EXPECT_OK(machine.run("add", {c.tensor(), d.tensor()}, {d.tensor()}));
      expectClose(context, "add in place by " + machine.name(), d, expected, 1e-7);
    }
    Array a(1, 4), b(1, 5);
    WEFT_EXPECT(!machine.run("add", {a.tensor(), b.tensor()}, {a.tensor()}).isOk());
  });
}

WEFT_TEST(ops_columns) {
  forMachines([&](Machine& machine) {
    for (const int64_t rows : {0, 1, 63, 64, 130}) {
      for (const int64_t n : {1, 5, 33, 576}) {
        const std::string what = " of " + std::to_string(rows) + " x " + std::to_string(n) + " by " + machine.name();
        Array dy = Array::random(rows, n, 1), x = Array::random(rows, n, 2), s = Array::random(1, n, 3), y(rows, n);
        Array sum(1, n, 9.0f), dot(1, n, 9.0f);
        Doubles sums(static_cast<size_t>(n)), dots(static_cast<size_t>(n)), scaled;
        for (int64_t i = 0; i < rows * n; ++i) {
          sums[static_cast<size_t>(i % n)] += 0.5 * static_cast<double>(dy[i]);
          dots[static_cast<size_t>(i % n)] += static_cast<double>(dy[i]) * static_cast<double>(x[i]);
          scaled.push_back(static_cast<double>(x[i]) * static_cast<double>(s[i % n]));
        }
        WEFT_EXPECT_OK(machine.run("column_sum", {dy.tensor()}, {sum.tensor()}, {0.5}));
        expectClose(context, "column_sum" + what, sum, sums, 1e-5);
        WEFT_EXPECT_OK(machine.run("column_dot", {dy.tensor(), x.tensor()}, {dot.tensor()}));
        expectClose(context, "column_dot" + what, dot, dots, 1e-5);
        WEFT_EXPECT_OK(machine.run("scale_columns", {x.tensor(), s.tensor()}, {y.tensor()}));
        expectClose(context, "scale_columns" + what, y, scaled, 1e-7);
        WEFT_EXPECT_OK(machine.run("scale_columns", {x.tensor(), s.tensor()}, {x.tensor()}));
        WEFT_EXPECT(x.hasSameBits(y));
      }
    }
  });
}

WEFT_TEST(ops_slice_and_pad_columns) {
  forMachines([&](Machine& machine) {
    Array x = Array::random(37, 11, 1), slice(37, 4), padded(37, 11, 5.0f);
    WEFT_EXPECT_OK(machine.run("slice_columns", {x.tensor()}, {slice.tensor()}, {3, 4}));
    WEFT_EXPECT_OK(machine.run("pad_columns", {slice.tensor()}, {padded.tensor()}, {3, 11}));
    for (int64_t i = 0; i < 37 * 11; ++i) {
      const bool inside = i % 11 >= 3 && i % 11 < 7;
      WEFT_EXPECT(padded[i] == (inside ? x[i] : 0.0f));
    }
    WEFT_EXPECT(slice.isIntact() && padded.isIntact());
    WEFT_EXPECT(!machine.run("slice_columns", {x.tensor()}, {slice.tensor()}, {8, 4}).isOk());
  });
}

}  // namespace weft::test
