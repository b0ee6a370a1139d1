#include "cpu/small_product.h"

#include <algorithm>

namespace weft::WEFT_ISA {
namespace {

// A tile of C in registers, its row of B beside it: of 32 vector registers (AVX-512, arm64) or 16.
constexpr int kTileRows = 6;
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kTileVectors = 4;
#else
constexpr int kTileVectors = 2;
#endif

#define WEFT_UNROLL_8 _Pragma("GCC unroll 8")

template <int rows, int vectors>
void multiplyTile(const SmallProduct& product) {
  const int64_t aRowStride = product.aRowStride, aDepthStride = product.aDepthStride;
  Vector sum[rows][vectors];
  WEFT_UNROLL_8 for (int r = 0; r < rows; ++r) {
    WEFT_UNROLL_8 for (int v = 0; v < vectors; ++v) {
      sum[r][v] = product.add ? load(product.c + r * product.ldc + v * kLanes) : Vector{};
    }
  }
  const float* a = product.a;
  const float* b = product.b;
  for (int64_t k = 0; k < product.k; ++k) {
    Vector row[vectors];
    WEFT_UNROLL_8 for (int v = 0; v < vectors; ++v) row[v] = load(b + v * kLanes);
    WEFT_UNROLL_8 for (int r = 0; r < rows; ++r) {
      const Vector factor = splat(a[r * aRowStride]);
      WEFT_UNROLL_8 for (int v = 0; v < vectors; ++v) sum[r][v] += factor * row[v];
    }
    a += aDepthStride;
    b += product.ldb;
  }
  WEFT_UNROLL_8 for (int r = 0; r < rows; ++r) {
    WEFT_UNROLL_8 for (int v = 0; v < vectors; ++v) store(product.c + r * product.ldc + v * kLanes, sum[r][v]);
  }
}

using Tile = void (*)(const SmallProduct&);

template <int vectors>
constexpr Tile kTiles[kTileRows] = {multiplyTile<1, vectors>, multiplyTile<2, vectors>, multiplyTile<3, vectors>,
                                    multiplyTile<4, vectors>, multiplyTile<5, vectors>, multiplyTile<6, vectors>};

Tile tileOf(int64_t rows, int64_t vectors) {
  switch (vectors) {
    case 1:
      return kTiles<1>[rows - 1];
#if defined(__AVX512F__) || defined(__aarch64__)
    case 3:
      return kTiles<3>[rows - 1];
    case 4:
      return kTiles<4>[rows - 1];
#endif
    default:
      return kTiles<2>[rows - 1];
  }
}

}  // namespace

void multiplySmall(const SmallProduct& product) {
  const int64_t tiles = (product.m + kTileRows - 1) / kTileRows;
  for (int64_t column = 0; column < product.n; column += kTileVectors * kLanes) {
    const int64_t vectors = std::min<int64_t>(kTileVectors, (product.n - column) / kLanes);
    for (int64_t t = 0; t < tiles; ++t) {
      // Rows are shared out evenly, so that no last tile has just one.
      const int64_t begin = product.m * t / tiles, end = product.m * (t + 1) / tiles;
      SmallProduct tile = product;
      tile.a += begin * product.aRowStride;
      tile.b += column;
      tile.c += begin * product.ldc + column;
      tileOf(end - begin, vectors)(tile);
    }
  }
}

}  // namespace weft::WEFT_ISA
