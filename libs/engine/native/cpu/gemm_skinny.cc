#include "cpu/gemm_skinny.h"

#include "cpu/gemm_vector.h"

namespace weft::WEFT_ISA {
namespace {

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kDotRows = 3, kDotColumns = 8;
constexpr int kSumRows = 8, kSumVectors = 3;
#else
constexpr int kDotRows = 3, kDotColumns = 4;
constexpr int kSumRows = 6, kSumVectors = 2;
#endif

typedef float Quad __attribute__((vector_size(16)));

WEFT_INLINE Quad foldedToQuad(Vector v) {
  Quad part[kLanes / 4];
  std::memcpy(part, &v, sizeof v);
  WEFT_UNROLL for (int half = kLanes / 8; half > 0; half /= 2) {
    WEFT_UNROLL for (int i = 0; i < half; ++i) part[i] = part[i] + part[i + half];
  }
  return part[0];
}

// The sums over the lanes of four vectors, in order.
WEFT_INLINE Quad sumsOfLanes(Vector a, Vector b, Vector c, Vector d) {
  const Quad w = foldedToQuad(a), x = foldedToQuad(b), y = foldedToQuad(c), z = foldedToQuad(d);
  const Quad wx = __builtin_shufflevector(w, x, 0, 4, 1, 5) + __builtin_shufflevector(w, x, 2, 6, 3, 7);
  const Quad yz = __builtin_shufflevector(y, z, 0, 4, 1, 5) + __builtin_shufflevector(y, z, 2, 6, 3, 7);
  return __builtin_shufflevector(wx, yz, 0, 1, 4, 5) + __builtin_shufflevector(wx, yz, 2, 3, 6, 7);
}

// Writes a block of sums, row-major and `stride` apart, to C at (row, column). Not inlined: the compiler would spend
// minutes on every tile size's own copy, and this is rarely where time goes.
__attribute__((noinline)) void finish(const SkinnyCall& call, int64_t row, int64_t column, int64_t rows,
                                      int64_t columns, const float* sums, int64_t stride) {
  for (int64_t r = row; r < row + rows; ++r, sums += stride) {
    const float ofRow = call.biasOfRows != nullptr ? call.biasOfRows[r] : 0.0f;
    for (int64_t j = 0; j < columns; ++j) {
      float value = sums[j] * call.alpha + ofRow;
      if (call.bias != nullptr) value += call.bias[column + j];
      const int64_t at = r * call.cRowStride + (column + j) * call.cColumnStride;
      if (call.addend != nullptr) value += call.addend[at];
      call.c[at] = value;
    }
  }
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
  constexpr int stride = (columns + 3) / 4 * 4;
  float sums[rows * stride];
  WEFT_UNROLL for (int r = 0; r < rows; ++r) {
    WEFT_UNROLL for (int j = 0; j < columns; j += 4) {
      const Vector none{};
      const Quad quad = sumsOfLanes(sum[r][j], j + 1 < columns ? sum[r][(j + 1) % columns] : none,
                                    j + 2 < columns ? sum[r][(j + 2) % columns] : none,
                                    j + 3 < columns ? sum[r][(j + 3) % columns] : none);
      std::memcpy(sums + r * stride + j, &quad, sizeof quad);
    }
  }
  finish(call, row, column, rows, columns, sums, stride);
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
  if (!isPart && call.cColumnStride == 1 && call.bias == nullptr && call.biasOfRows == nullptr) {
    WEFT_UNROLL for (int r = 0; r < rows; ++r) {
      WEFT_UNROLL for (int v = 0; v < vectors; ++v) {
        const int64_t at = (row + r) * call.cRowStride + column + v * kLanes;
        Vector value = sum[r][v] * splat(call.alpha);
        if (call.addend != nullptr) value = value + load(call.addend + at);
        store(call.c + at, value);
      }
    }
    return;
  }
  constexpr int stride = vectors * kLanes;
  float sums[rows * stride];
  WEFT_UNROLL for (int r = 0; r < rows; ++r) {
    WEFT_UNROLL for (int v = 0; v < vectors; ++v) store(sums + r * stride + v * kLanes, sum[r][v]);
  }
  finish(call, row, column, rows, isPart ? part : stride, sums, stride);
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
