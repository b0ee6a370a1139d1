#include <memory>

#include "test/ops_support.h"

namespace weft::test {
namespace {

// alpha * A[m, k] B[k, n], with element (i, j) of a stored matrix found by strides.
struct Strided {
  const Doubles& data;
  int64_t rowStride, columnStride;
  double at(int64_t i, int64_t j) const { return data[static_cast<size_t>(i * rowStride + j * columnStride)]; }
};

Doubles product(int64_t m, int64_t n, int64_t k, const Strided& a, const Strided& b, double alpha) {
  Doubles c;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t p = 0; p < k; ++p) sum += a.at(i, p) * b.at(p, j);
      c.push_back(alpha * sum);
    }
  }
  return c;
}

struct Packed {
  std::unique_ptr<PackedMatrix> forward, backward;
  Tensor tensor;
};

Packed packed(Machine& machine, Array& w) {
  const RowReader reader{w.rows(), w.cols(), false, [&w](int64_t first, int64_t count, float* out) {
                           std::copy_n(&w[0] + first * w.cols(), count * w.cols(), out);
                         }};
  Packed result;
  result.forward = machine.table.gemm->pack(machine.pool, reader, true, Compute::f32);
  result.backward = machine.table.gemm->pack(machine.pool, reader, false, Compute::f32);
  result.tensor.rows = w.rows();
  result.tensor.cols = w.cols();
  result.tensor.packed = result.forward.get();
  result.tensor.packedTransposed = result.backward.get();
  return result;
}

struct Shape {
  int64_t t, k, n;
};
const Shape kShapes[] = {{0, 5, 3}, {1, 1, 1}, {3, 17, 8}, {19, 40, 33}, {50, 8, 70}, {7, 100, 4}};

}  // namespace

WEFT_TEST(ops_linear_with_packed_and_trainable_weights) {
  forMachines([&](Machine& machine) {
    for (const Shape& s : kShapes) {
      const std::string what = "linear " + std::to_string(s.t) + " x " + std::to_string(s.k) + " by " + machine.name();
      Array x = Array::random(s.t, s.k, 1), w = Array::random(s.n, s.k, 2), bias = Array::random(1, s.n, 3);
      Array addend = Array::random(s.t, s.n, 4), y(s.t, s.n);
      const Doubles xs = x.doubles(), ws = w.doubles(), bs = bias.doubles();
      const Doubles plain = product(s.t, s.n, s.k, {xs, s.k, 1}, {ws, 1, s.k}, 2.5);
      Doubles full = sumOf(plain, addend.doubles());
      for (size_t i = 0; i < full.size(); ++i) full[i] += 2.5 * bs[i % static_cast<size_t>(s.n)];
      const Packed packs = packed(machine, w);
      for (const Tensor& weight : {w.tensor(), packs.tensor}) {
        WEFT_EXPECT_OK(machine.run("linear", {x.tensor(), weight, Tensor{}, Tensor{}}, {y.tensor()}, {2.5}));
        expectClose(context, what, y, plain, 1e-5);
        Array sum = addend;
        WEFT_EXPECT_OK(machine.run("linear", {x.tensor(), weight, bias.tensor(), sum.tensor()}, {sum.tensor()}, {2.5}));
        expectClose(context, what + " with bias on its addend", sum, full, 1e-5);
      }
    }
  });
}

WEFT_TEST(ops_linear_gradients) {
  forMachines([&](Machine& machine) {
    for (const Shape& s : kShapes) {
      const std::string what = "linear gradient " + std::to_string(s.t) + " x " + std::to_string(s.k) + " by " + machine.name();
      Array x = Array::random(s.t, s.k, 1), w = Array::random(s.n, s.k, 2), dy = Array::random(s.t, s.n, 3);
      Array addend = Array::random(s.t, s.k, 4), dx(s.t, s.k), dw(s.n, s.k, 9.0f);
      const Doubles xs = x.doubles(), ws = w.doubles(), dys = dy.doubles();
      const Doubles plain = product(s.t, s.k, s.n, {dys, s.n, 1}, {ws, s.k, 1}, 0.5);
      const Packed packs = packed(machine, w);
      for (const Tensor& weight : {w.tensor(), packs.tensor}) {
        WEFT_EXPECT_OK(machine.run("linear_dx", {dy.tensor(), weight, Tensor{}}, {dx.tensor()}, {0.5}));
        expectClose(context, what + " dx", dx, plain, 1e-5);
        Array sum = addend;
        WEFT_EXPECT_OK(machine.run("linear_dx", {dy.tensor(), weight, sum.tensor()}, {sum.tensor()}, {0.5}));
        expectClose(context, what + " dx on its addend", sum, sumOf(plain, addend.doubles()), 1e-5);
      }
      WEFT_EXPECT_OK(machine.run("linear_dw", {dy.tensor(), x.tensor()}, {dw.tensor()}, {0.5}));
      expectClose(context, what + " dw", dw, product(s.n, s.k, s.t, {dys, 1, s.n}, {xs, s.k, 1}, 0.5), 1e-5);
    }
  });
}

namespace {

struct Loss {
  double total = 0;
  Doubles logProbabilities;
};

Loss crossEntropy(const Doubles& h, const Doubles& w, const std::vector<int32_t>& targets, int64_t d, double scale) {
  const int64_t vocabulary = static_cast<int64_t>(w.size()) / d;
  Loss loss;
  for (size_t row = 0; row < targets.size(); ++row) {
    Doubles logits;
    double most = -INFINITY, sum = 0;
    for (int64_t v = 0; v < vocabulary; ++v) {
      double logit = 0;
      for (int64_t i = 0; i < d; ++i) logit += h[row * static_cast<size_t>(d) + static_cast<size_t>(i)] * w[static_cast<size_t>(v * d + i)];
      logits.push_back(logit);
      most = std::fmax(most, logit);
    }
    for (const double logit : logits) sum += std::exp(logit - most);
    loss.logProbabilities.push_back(logits[static_cast<size_t>(targets[row])] - most - std::log(sum));
    loss.total -= scale * loss.logProbabilities.back();
  }
  return loss;
}

}  // namespace

WEFT_TEST(ops_linear_cross_entropy_and_its_gradients) {
  forMachines([&](Machine& machine) {
    const int64_t d = 6, vocabulary = 37;
    for (const int64_t labels : {0, 1, 5}) {
      const std::string what = "linear_cross_entropy of " + std::to_string(labels) + " by " + machine.name();
      Array h = Array::random(labels, d, 1, 3.0f), w = Array::random(vocabulary, d, 2), scale(1, 1, 0.25f);
      std::vector<int32_t> targets;
      for (int64_t i = 0; i < labels; ++i) targets.push_back(static_cast<int32_t>(i * 9 % vocabulary));
      const Doubles hs = h.doubles(), ws = w.doubles();
      const Loss expected = crossEntropy(hs, ws, targets, d, 0.25);
      auto lossOf = [&](const Doubles& x, const Doubles& y) { return Doubles{crossEntropy(x, y, targets, d, 0.25).total}; };
      const Doubles dhs = differentiate(hs, {1.0}, [&](const Doubles& v) { return lossOf(v, ws); });
      const Doubles dws = differentiate(ws, {1.0}, [&](const Doubles& v) { return lossOf(hs, v); });
      const Packed packs = packed(machine, w);
      for (const Tensor& weight : {w.tensor(), packs.tensor}) {
        Array loss(1, 1), logs(labels, 1), dh(labels, d), dw(vocabulary, d, 5.0f);
        const std::vector<Tensor> inputs = {h.tensor(), weight, integers(targets), scale.tensor()};
        WEFT_EXPECT_OK(machine.run("linear_cross_entropy", inputs, {loss.tensor(), logs.tensor()}, {0, 0}));
        expectClose(context, what, loss, {expected.total}, 1e-5);
        expectClose(context, what + " log p", logs, expected.logProbabilities, 1e-5);
        WEFT_EXPECT_OK(machine.run("linear_cross_entropy", inputs,
                                   {loss.tensor(), logs.tensor(), dh.tensor(), dw.tensor()}, {1, 1}));
        expectClose(context, what, loss, {expected.total}, 1e-5);
        expectClose(context, what + " dh", dh, dhs, 1e-5);
        expectClose(context, what + " dw", dw, dws, 1e-5);
        Array onlyDw(vocabulary, d);
        WEFT_EXPECT_OK(machine.run("linear_cross_entropy", inputs, {loss.tensor(), logs.tensor(), onlyDw.tensor()}, {0, 1}));
        WEFT_EXPECT(onlyDw.hasSameBits(dw));
      }
    }
  });
}

// Rows enough for several blocks, of which each sees the whole vocabulary.
WEFT_TEST(ops_linear_cross_entropy_joins_blocks_of_rows) {
  const int64_t labels = 300, d = 8, vocabulary = 1003;
  Array h = Array::random(labels, d, 1, 3.0f), w = Array::random(vocabulary, d, 2), scale(1, 1, 1.0f);
  std::vector<int32_t> targets;
  for (int64_t i = 0; i < labels; ++i) targets.push_back(static_cast<int32_t>(i * 31 % vocabulary));
  const Loss expected = crossEntropy(h.doubles(), w.doubles(), targets, d, 1.0);
  forMachines([&](Machine& machine) {
    Array loss(1, 1), logs(labels, 1), dh(labels, d), dw(vocabulary, d, 5.0f);
    WEFT_EXPECT_OK(machine.run("linear_cross_entropy", {h.tensor(), w.tensor(), integers(targets), scale.tensor()},
                               {loss.tensor(), logs.tensor(), dh.tensor(), dw.tensor()}, {1, 1}));
    expectClose(context, "loss by " + machine.name(), loss, {expected.total}, 1e-5);
    expectClose(context, "log p by " + machine.name(), logs, expected.logProbabilities, 1e-5);
    // Gradients against h and against W have the same product with their point: both are sum(dlogits * logits).
    double alongH = 0, alongW = 0;
    for (int64_t i = 0; i < h.size(); ++i) alongH += static_cast<double>(dh[i]) * static_cast<double>(h[i]);
    for (int64_t i = 0; i < w.size(); ++i) alongW += static_cast<double>(dw[i]) * static_cast<double>(w[i]);
    WEFT_EXPECT_NEAR(alongH, alongW, 1e-3 * std::fabs(alongH));
    WEFT_EXPECT(alongH != 0.0);
  });
}

WEFT_TEST(ops_linear_cross_entropy_refuses_targets_and_keeps_nan) {
  forMachines([&](Machine& machine) {
    Array h = Array::random(2, 4, 1), w = Array::random(9, 4, 2), scale(1, 1, 1.0f), loss(1, 1), logs(2, 1), dh(2, 4);
    std::vector<int32_t> targets = {3, 9};
    const std::vector<Tensor> inputs = {h.tensor(), w.tensor(), integers(targets), scale.tensor()};
    const std::vector<Tensor> outputs = {loss.tensor(), logs.tensor(), dh.tensor()};
    WEFT_EXPECT(!machine.run("linear_cross_entropy", inputs, outputs, {1, 0}).isOk());
    targets[1] = 8;
    h[5] = NAN;
    WEFT_EXPECT_OK(machine.run("linear_cross_entropy", inputs, outputs, {1, 0}));
    WEFT_EXPECT(std::isnan(loss[0]) && std::isnan(logs[1]) && !std::isnan(logs[0]) && std::isnan(dh[4]) && !std::isnan(dh[0]));
  });
}

}  // namespace weft::test
