#include "cpu/gemm_skinny.h"

#include "cpu/gemm_tile.h"

namespace weft::WEFT_ISA {
namespace {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kDotRows = 3, kDotColumns = 8;
constexpr int kSumRows = 8, kSumVectors = 3;
#else
constexpr int kDotRows = 3, kDotColumns = 4;
constexpr int kSumRows = 6, kSumVectors = 2;
#endif

WEFT_INLINE float sumOfLanes(Vector v) {
  float lane[kLanes];
  store(lane, v);
  WEFT_UNROLL for (int half = kLanes / 2; half > 0; half /= 2) {
    WEFT_UNROLL for (int i = 0; i < half; ++i) lane[i] += lane[i + half];
  }
  return lane[0];
}

WEFT_INLINE void finish(const SkinnyCall& call, int64_t row, int64_t column, float sum) {
  float value = sum * call.alpha;
  if (call.bias != nullptr) value += call.bias[column];
  if (call.biasOfRows != nullptr) value += call.biasOfRows[row];
  const int64_t at = row * call.cRowStride + column * call.cColumnStride;
  if (call.addend != nullptr) value += call.addend[at];
  call.c[at] = value;
}

// C[rows, columns] at (row, column), K along the lanes.
template <int rows, int columns>
void dotTile(const SkinnyCall& call, int64_t row, int64_t column) {
  Vector sum[rows][columns];
  WEFT_UNROLL for (int r = 0; r < rows; ++r) {
    WEFT_UNROLL for (int j = 0; j < columns; ++j) sum[r][j] = Vector{};
  }
  const float* a = call.a.data + row * call.a.rowStride;
  const float* b = call.b + column * call.bColumnStride;
  int64_t k = 0;
  for (; k + kLanes <= call.k; k += kLanes) {
    Vector left[rows];
    WEFT_UNROLL for (int r = 0; r < rows; ++r) left[r] = load(a + r * call.a.rowStride + k);
    WEFT_UNROLL for (int j = 0; j < columns; ++j) {
      const Vector right = load(b + j * call.bColumnStride + k);
      WEFT_UNROLL for (int r = 0; r < rows; ++r) sum[r][j] = sum[r][j] + left[r] * right;
    }
  }
  if (k < call.k) {
    const int64_t rest = call.k - k;
    WEFT_UNROLL for (int j = 0; j < columns; ++j) {
      const Vector right = loadPart(b + j * call.bColumnStride + k, rest);
      WEFT_UNROLL for (int r = 0; r < rows; ++r) {
        sum[r][j] = sum[r][j] + loadPart(a + r * call.a.rowStride + k, rest) * right;
      }
    }
  }
  WEFT_UNROLL for (int r = 0; r < rows; ++r) {
    WEFT_UNROLL for (int j = 0; j < columns; ++j) finish(call, row + r, column + j, sumOfLanes(sum[r][j]));
  }
}

template <int rows>
int64_t dotRow(const SkinnyCall& call, int64_t row) {
  int64_t j = 0;
  for (; j + kDotColumns <= call.n; j += kDotColumns) dotTile<rows, kDotColumns>(call, row, j);
  for (; j + 4 <= call.n; j += 4) dotTile<rows, 4>(call, row, j);
  for (; j + 2 <= call.n; j += 2) dotTile<rows, 2>(call, row, j);
  for (; j < call.n; ++j) dotTile<rows, 1>(call, row, j);
  return row + rows;
}

// C[rows, vectors * kLanes] at (row, column), columns along the lanes. `part`: only so many lanes of the (one) vector.
template <int rows, int vectors, bool isPart>
void sumTile(const SkinnyCall& call, int64_t row, int64_t column, int64_t part) {
  Vector sum[rows][vectors];
  WEFT_UNROLL for (int r = 0; r < rows; ++r) {
    WEFT_UNROLL for (int v = 0; v < vectors; ++v) sum[r][v] = Vector{};
  }
  const float* a = call.a.data + row * call.a.rowStride;
  const float* b = call.b + column;
  for (int64_t k = 0; k < call.k; ++k) {
    Vector right[vectors];
    WEFT_UNROLL for (int v = 0; v < vectors; ++v) right[v] = isPart ? loadPart(b, part) : load(b + v * kLanes);
    WEFT_UNROLL for (int r = 0; r < rows; ++r) {
      const float left = a[r * call.a.rowStride];
      WEFT_UNROLL for (int v = 0; v < vectors; ++v) sum[r][v] = sum[r][v] + left * right[v];
    }
    a += call.a.depthStride;
    b += call.bDepthStride;
  }
  const bool plain = !isPart && call.cColumnStride == 1 && call.bias == nullptr && call.biasOfRows == nullptr;
  WEFT_UNROLL for (int r = 0; r < rows; ++r) {
    WEFT_UNROLL for (int v = 0; v < vectors; ++v) {
      if (plain) {
        const int64_t at = (row + r) * call.cRowStride + column + v * kLanes;
        Vector value = sum[r][v] * splat(call.alpha);
        if (call.addend != nullptr) value = value + load(call.addend + at);
        store(call.c + at, value);
      } else {
        float lane[kLanes];
        store(lane, sum[r][v]);
        const int64_t lanes = isPart ? part : kLanes;
        for (int64_t i = 0; i < lanes; ++i) finish(call, row + r, column + v * kLanes + i, lane[i]);
      }
    }
  }
}

template <int rows>
int64_t sumRow(const SkinnyCall& call, int64_t row) {
  constexpr int64_t step = kSumVectors * kLanes;
  int64_t j = 0;
  for (; j + step <= call.n; j += step) sumTile<rows, kSumVectors, false>(call, row, j, 0);
  for (; j + kLanes <= call.n; j += kLanes) sumTile<rows, 1, false>(call, row, j, 0);
  if (j < call.n) sumTile<rows, 1, true>(call, row, j, call.n - j);
  return row + rows;
}

}  // namespace

void skinnyDot(const SkinnyCall& call) {
  int64_t row = 0;
  while (row + kDotRows <= call.m) row = dotRow<kDotRows>(call, row);
  while (row < call.m) row = dotRow<1>(call, row);
}

void skinnyRows(const SkinnyCall& call) {
  int64_t row = 0;
  while (row + kSumRows <= call.m) row = sumRow<kSumRows>(call, row);
  while (row + 4 <= call.m) row = sumRow<4>(call, row);
  while (row < call.m) row = sumRow<1>(call, row);
}

}  // namespace weft::WEFT_ISA
