// What the tests of ops share: arrays with room around them, every kernel table that runs here on 1 and 2 threads, and
// gradients of float64 references by finite differences.
#pragma once

#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "cpu/kernel_table.h"
#include "test/test.h"

namespace weft::test {

using Doubles = std::vector<double>;

// A matrix whose memory ends with numbers that no kernel may touch.
class Array {
 public:
  Array() = default;
  Array(int64_t rows, int64_t cols, float value = 0.0f)
      : rows_(rows), cols_(cols), values_(static_cast<size_t>(rows * cols) + kGuard, value) {
    std::fill(values_.end() - kGuard, values_.end(), kGuardValue);
  }

  static Array random(int64_t rows, int64_t cols, uint32_t seed, float range = 1.0f) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> value(-range, range);
    Array array(rows, cols);
    for (int64_t i = 0; i < array.size(); ++i) array[i] = value(generator);
    return array;
  }
  static Array of(int64_t rows, int64_t cols, const std::vector<float>& values) {
    Array array(rows, cols);
    std::copy(values.begin(), values.end(), array.values_.begin());
    return array;
  }

  int64_t size() const { return rows_ * cols_; }
  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  float& operator[](int64_t i) { return values_[static_cast<size_t>(i)]; }
  float operator[](int64_t i) const { return values_[static_cast<size_t>(i)]; }

  Tensor tensor() {
    Tensor tensor;
    tensor.data = values_.data();
    tensor.rows = rows_;
    tensor.cols = cols_;
    return tensor;
  }
  Doubles doubles() const { return Doubles(values_.begin(), values_.end() - kGuard); }
  bool isIntact() const {
    for (size_t i = values_.size() - kGuard; i < values_.size(); ++i) {
      if (values_[i] != kGuardValue) return false;
    }
    return true;
  }
  bool hasSameBits(const Array& other) const {
    return values_.size() == other.values_.size() &&
           std::memcmp(values_.data(), other.values_.data(), values_.size() * sizeof(float)) == 0;
  }

 private:
  static constexpr int64_t kGuard = 19;
  static constexpr float kGuardValue = 123456.0f;
  int64_t rows_ = 0, cols_ = 0;
  std::vector<float> values_;
};

inline Tensor integers(std::vector<int32_t>& values) {
  Tensor tensor;
  tensor.data = values.data();
  tensor.rows = static_cast<int64_t>(values.size());
  tensor.cols = 1;
  tensor.dtype = DType::i32;
  return tensor;
}

// One kernel table on a pool of its own.
struct Machine {
  Machine(const KernelTable& kernelTable, int threads) : pool(threads), table(kernelTable) {}

  Status run(const char* op, const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs,
             const std::vector<double>& attributes = {}) {
    const Kernel kernel = table.find(op);
    if (kernel == nullptr) return Status::error(std::string("no kernel of ") + op);
    return kernel({inputs.data(), static_cast<int32_t>(inputs.size()), outputs.data(),
                   static_cast<int32_t>(outputs.size()), attributes.data(), pool, table});
  }

  std::string name() const { return std::string(table.name) + " on " + std::to_string(pool.threads()); }

  ThreadPool pool;
  const KernelTable& table;
};

inline void forMachines(const std::function<void(Machine&)>& body) {
  for (const char* limit : {"portable", "avx2", "avx512"}) {
    const KernelTable& table = selectKernels(limit);
    if (std::strcmp(table.name, limit) != 0) continue;
    for (const int threads : {1, 2, 3}) {
      Machine machine(table, threads);
      body(machine);
    }
  }
}

// |actual - expected| <= tolerance * max(1, |expected|) everywhere, NaN where NaN is expected, nothing written beyond.
inline void expectClose(Context& context, const std::string& what, const Array& actual, const Doubles& expected,
                        double tolerance) {
  if (!actual.isIntact()) context.failures.push_back(what + ": written beyond the end");
  if (actual.size() != static_cast<int64_t>(expected.size())) {
    context.failures.push_back(what + ": " + std::to_string(actual.size()) + " numbers for " + std::to_string(expected.size()));
    return;
  }
  for (int64_t i = 0; i < actual.size(); ++i) {
    const double is = static_cast<double>(actual[i]), wanted = expected[static_cast<size_t>(i)];
    if (std::isnan(is) && std::isnan(wanted)) continue;
    if (is == wanted || std::fabs(is - wanted) <= tolerance * std::fmax(1.0, std::fabs(wanted))) continue;
    context.failures.push_back(what + " [" + std::to_string(i) + "] is " + std::to_string(is) + ", expected " +
                               std::to_string(wanted));
    return;
  }
}

// d (sum of weights * f(x)) / dx by central differences.
inline Doubles differentiate(Doubles x, const Doubles& weights, const std::function<Doubles(const Doubles&)>& f) {
  constexpr double step = 1e-5;
  Doubles gradient(x.size());
  auto weighted = [&] {
    const Doubles y = f(x);
    double sum = 0;
    for (size_t i = 0; i < y.size(); ++i) sum += y[i] * weights[i];
    return sum;
  };
  for (size_t i = 0; i < x.size(); ++i) {
    const double at = x[i];
    x[i] = at + step;
    const double above = weighted();
    x[i] = at - step;
    const double below = weighted();
    x[i] = at;
    gradient[i] = (above - below) / (2 * step);
  }
  return gradient;
}

inline Doubles sumOf(const Doubles& a, const Doubles& b) {
  Doubles sum = a;
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += b[i];
  return sum;
}

}  // namespace weft::test

#define WEFT_EXPECT_OK(expression)                                                                           \
  do {                                                                                                       \
    const ::weft::Status status_ = (expression);                                                             \
    if (!status_.isOk()) context.failures.push_back(::weft::test::describe(__FILE__, __LINE__, status_.message())); \
  } while (false)
