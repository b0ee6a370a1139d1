#include <limits>

#include "test/ops_support.h"

namespace weft::test {
namespace {

// Each group of `width` numbers over the root of its mean square, times w.
Doubles rmsNorm(const Doubles& x, const Doubles& w, double epsilon) {
  const size_t width = w.size();
  Doubles y(x.size());
  for (size_t at = 0; at < x.size(); at += width) {
    double squares = 0;
    for (size_t i = 0; i < width; ++i) squares += x[at + i] * x[at + i];
    const double root = std::sqrt(squares / static_cast<double>(width) + epsilon);
    for (size_t i = 0; i < width; ++i) y[at + i] = x[at + i] / root * w[i];
  }
  return y;
}

Doubles layerNorm(const Doubles& x, const Doubles& w, const Doubles& bias, double epsilon) {
  const size_t width = w.size();
  Doubles y(x.size());
  for (size_t at = 0; at < x.size(); at += width) {
    double mean = 0, variance = 0;
    for (size_t i = 0; i < width; ++i) mean += x[at + i] / static_cast<double>(width);
    for (size_t i = 0; i < width; ++i) variance += (x[at + i] - mean) * (x[at + i] - mean) / static_cast<double>(width);
    for (size_t i = 0; i < width; ++i) y[at + i] = (x[at + i] - mean) / std::sqrt(variance + epsilon) * w[i] + bias[i];
  }
  return y;
}

struct Shape {
  int64_t rows, cols, width;
};
const Shape kShapes[] = {{0, 8, 8}, {1, 1, 1}, {1, 7, 7}, {5, 24, 8}, {3, 33, 33}, {9, 64, 16}};

}  // namespace

WEFT_TEST(ops_rms_norm_and_its_gradients) {
  constexpr double epsilon = 1e-2;
  forMachines([&](Machine& machine) {
    for (const Shape& s : kShapes) {
      const std::string what = "rms_norm " + std::to_string(s.rows) + " x " + std::to_string(s.cols) + " by " + machine.name();
      Array x = Array::random(s.rows, s.cols, 1), w = Array::random(1, s.width, 2), dy = Array::random(s.rows, s.cols, 3);
      Array addend = Array::random(s.rows, s.cols, 4), y(s.rows, s.cols), dx(s.rows, s.cols), dw(1, s.width, 7.0f);
      const Doubles xs = x.doubles(), ws = w.doubles(), dys = dy.doubles();
      const Doubles dxs = differentiate(xs, dys, [&](const Doubles& v) { return rmsNorm(v, ws, epsilon); });
      WEFT_EXPECT_OK(machine.run("rms_norm", {x.tensor(), w.tensor()}, {y.tensor()}, {epsilon}));
      expectClose(context, what, y, rmsNorm(xs, ws, epsilon), 1e-6);
      WEFT_EXPECT_OK(machine.run("rms_norm_dx", {dy.tensor(), x.tensor(), w.tensor()}, {dx.tensor()}, {epsilon}));
      expectClose(context, what + " dx", dx, dxs, 1e-5);
      const Doubles withAddend = sumOf(dxs, addend.doubles());
      WEFT_EXPECT_OK(machine.run("rms_norm_dx", {dy.tensor(), x.tensor(), w.tensor(), addend.tensor()}, {addend.tensor()}, {epsilon}));
      expectClose(context, what + " dx on its addend", addend, withAddend, 1e-5);
      WEFT_EXPECT_OK(machine.run("rms_norm_dw", {dy.tensor(), x.tensor()}, {dw.tensor()}, {epsilon, static_cast<double>(s.width)}));
      expectClose(context, what + " dw", dw, differentiate(ws, dys, [&](const Doubles& v) { return rmsNorm(xs, v, epsilon); }), 1e-5);
      WEFT_EXPECT_OK(machine.run("rms_norm_dx", {dy.tensor(), x.tensor(), w.tensor()}, {dy.tensor()}, {epsilon}));
      WEFT_EXPECT(dy.hasSameBits(dx));
      WEFT_EXPECT_OK(machine.run("rms_norm", {x.tensor(), w.tensor()}, {x.tensor()}, {epsilon}));
      WEFT_EXPECT(x.hasSameBits(y));
    }
  });
}

WEFT_TEST(ops_layer_norm_and_its_gradients) {
  constexpr double epsilon = 1e-2;
  forMachines([&](Machine& machine) {
    for (const Shape& s : kShapes) {
      const std::string what = "layer_norm " + std::to_string(s.rows) + " x " + std::to_string(s.cols) + " by " + machine.name();
      Array x = Array::random(s.rows, s.cols, 1), w = Array::random(1, s.cols, 2), bias = Array::random(1, s.cols, 5);
      Array dy = Array::random(s.rows, s.cols, 3), addend = Array::random(s.rows, s.cols, 4);
      Array y(s.rows, s.cols), dx(s.rows, s.cols), dw(1, s.cols, 7.0f);
      const Doubles xs = x.doubles(), ws = w.doubles(), biases = bias.doubles(), dys = dy.doubles();
      const Doubles dxs = differentiate(xs, dys, [&](const Doubles& v) { return layerNorm(v, ws, biases, epsilon); });
      WEFT_EXPECT_OK(machine.run("layer_norm", {x.tensor(), w.tensor(), bias.tensor()}, {y.tensor()}, {epsilon}));
      expectClose(context, what, y, layerNorm(xs, ws, biases, epsilon), 1e-5);
      WEFT_EXPECT_OK(machine.run("layer_norm_dx", {dy.tensor(), x.tensor(), w.tensor()}, {dx.tensor()}, {epsilon}));
      expectClose(context, what + " dx", dx, dxs, 1e-5);
      const Doubles withAddend = sumOf(dxs, addend.doubles());
      WEFT_EXPECT_OK(machine.run("layer_norm_dx", {dy.tensor(), x.tensor(), w.tensor(), addend.tensor()}, {addend.tensor()}, {epsilon}));
      expectClose(context, what + " dx on its addend", addend, withAddend, 1e-5);
      WEFT_EXPECT_OK(machine.run("layer_norm_dw", {dy.tensor(), x.tensor()}, {dw.tensor()}, {epsilon}));
      expectClose(context, what + " dw", dw, differentiate(ws, dys, [&](const Doubles& v) { return layerNorm(xs, v, biases, epsilon); }), 1e-5);
      WEFT_EXPECT_OK(machine.run("layer_norm_dx", {dy.tensor(), x.tensor(), w.tensor()}, {dy.tensor()}, {epsilon}));
      WEFT_EXPECT(dy.hasSameBits(dx));
      WEFT_EXPECT_OK(machine.run("layer_norm", {x.tensor(), w.tensor(), bias.tensor()}, {x.tensor()}, {epsilon}));
      WEFT_EXPECT(x.hasSameBits(y));
    }
  });
}

WEFT_TEST(ops_layer_norm_of_a_small_spread_around_a_large_mean) {
  forMachines([&](Machine& machine) {
    Array x = Array::random(2, 50, 1), w(1, 50, 1.0f), bias(1, 50), y(2, 50);
    for (int64_t i = 0; i < x.size(); ++i) x[i] += 4096.0f;
    WEFT_EXPECT_OK(machine.run("layer_norm", {x.tensor(), w.tensor(), bias.tensor()}, {y.tensor()}, {1e-5}));
    expectClose(context, "layer_norm by " + machine.name(), y, layerNorm(x.doubles(), w.doubles(), bias.doubles(), 1e-5), 2e-3);
  });
}

WEFT_TEST(ops_norms_keep_a_nan_in_its_row) {
  forMachines([&](Machine& machine) {
    Array x = Array::random(3, 20, 1), w(1, 20, 1.0f), y(3, 20);
    x[25] = std::numeric_limits<float>::quiet_NaN();
    WEFT_EXPECT_OK(machine.run("rms_norm", {x.tensor(), w.tensor()}, {y.tensor()}, {1e-5}));
    for (int64_t i = 0; i < y.size(); ++i) WEFT_EXPECT(std::isnan(y[i]) == (i / 20 == 1));
  });
}

// Sums over many rows give the same bits on any number of threads.
WEFT_TEST(ops_sums_over_rows_do_not_depend_on_threads) {
  for (const char* limit : {"portable", "avx2", "avx512"}) {
    const KernelTable& table = selectKernels(limit);
    Array dy = Array::random(700, 96, 1), x = Array::random(700, 96, 2), first(1, 96), norm(1, 1);
    for (const int threads : {1, 2, 3}) {
      Machine machine(table, threads);
      Array dw(1, 96), squares(1, 1);
      WEFT_EXPECT_OK(machine.run("rms_norm_dw", {dy.tensor(), x.tensor()}, {dw.tensor()}, {1e-5, 96}));
      WEFT_EXPECT_OK(machine.run("squared_norm", {x.tensor()}, {squares.tensor()}));
      if (threads == 1) first = dw;
      if (threads == 1) norm = squares;
      WEFT_EXPECT(first.hasSameBits(dw) && norm.hasSameBits(squares));
    }
  }
}

}  // namespace weft::test
