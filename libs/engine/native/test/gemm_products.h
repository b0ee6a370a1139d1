// What the tests of products share: random matrices, a float64 product to compare with, and every set that runs here.
#pragma once

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "cpu/gemm/select.h"

namespace weft::test {

using Matrix = std::vector<float>;

inline Matrix randomMatrix(int64_t rows, int64_t cols, uint32_t seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> value(-1.0f, 1.0f);
  Matrix matrix(static_cast<size_t>(rows * cols));
  for (float& x : matrix) x = value(generator);
  return matrix;
}

inline float roundToBf16(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  bits = (bits + 0x7fffu + ((bits >> 16) & 1u)) & 0xffff0000u;
  std::memcpy(&x, &bits, 4);
  return x;
}

inline Matrix roundedToBf16(Matrix matrix) {
  for (float& x : matrix) x = roundToBf16(x);
  return matrix;
}

// Row-major [cols, rows] of a row-major [rows, cols].
inline Matrix transposed(const Matrix& matrix, int64_t rows, int64_t cols) {
  Matrix out(matrix.size());
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < cols; ++j) out[static_cast<size_t>(j * rows + i)] = matrix[static_cast<size_t>(i * cols + j)];
  }
  return out;
}

// Rows of `stored`, as a packing reads them.
inline RowReader readerOf(const Matrix& stored, int64_t rows, int64_t cols, bool exactInBf16) {
  return {rows, cols, exactInBf16, [&stored, cols](int64_t first, int64_t count, float* out) {
            std::copy_n(stored.data() + first * cols, count * cols, out);
          }};
}

struct Shape {
  int64_t m, n, k;
};

struct Expected {
  std::vector<double> value;
  // The sum of absolute products: what a relative error bound refers to.
  std::vector<double> magnitude;
};

// alpha * A[M, K] * B[K, N] + bias[N] + addend[M, ldc], in float64.
inline Expected naiveProduct(const Shape& s, const Matrix& a, const Matrix& b, const Gemm::Epilogue& epilogue,
                             int64_t ldc) {
  Expected out;
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      double sum = 0, magnitude = 1e-30;
      for (int64_t k = 0; k < s.k; ++k) {
        const double product = static_cast<double>(a[static_cast<size_t>(i * s.k + k)]) *
                               static_cast<double>(b[static_cast<size_t>(k * s.n + j)]);
        sum += product;
        magnitude += std::fabs(product);
      }
      sum *= static_cast<double>(epilogue.alpha);
      magnitude *= std::fabs(static_cast<double>(epilogue.alpha));
      for (const double term : {epilogue.bias != nullptr ? static_cast<double>(epilogue.bias[j]) : 0.0,
                                epilogue.addend != nullptr ? static_cast<double>(epilogue.addend[i * ldc + j]) : 0.0}) {
        sum += term;
        magnitude += std::fabs(term);
      }
      out.value.push_back(sum);
      out.magnitude.push_back(magnitude);
    }
  }
  return out;
}

// The largest error of C relative to the magnitude of its sums; infinity where C is not finite.
inline double worstError(const Shape& s, const Matrix& c, int64_t ldc, const Expected& expected) {
  double worst = 0;
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      const size_t at = static_cast<size_t>(i * s.n + j);
      const double actual = static_cast<double>(c[static_cast<size_t>(i * ldc + j)]);
      if (!std::isfinite(actual)) return INFINITY;
      worst = std::fmax(worst, std::fabs(actual - expected.value[at]) / expected.magnitude[at]);
    }
  }
  return worst;
}

// fp32 sums of products of operands that are what the product sees.
constexpr double kTolerance = 2e-6;

}  // namespace weft::test
