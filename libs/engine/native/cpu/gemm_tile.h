// The inner loop of all products: one tile of C held in registers while A (one word per row, broadcast) and B (a row of
// a panel) pass by. See cpu/gemm/micro_kernels.h for the layouts.
#pragma once

#include "cpu/gemm/micro_kernels.h"
#include "cpu/gemm_vector.h"

namespace weft::WEFT_ISA {

// Tiles as large as the registers allow: of 32 (AVX-512, arm64) or 16, two hold B, one A, the others C.
constexpr int kPanelVectors = 2;
constexpr int kColumns = kPanelVectors * kLanes;
#if defined(__AVX512F__)
constexpr int kRows = 14;
#elif defined(__aarch64__)
constexpr int kRows = 12;
#else
constexpr int kRows = 6;
#endif

// fp32 words against wide panels.
struct WideProduct {
  static constexpr int64_t wordBytes = kColumns * 4;
  static int64_t words(int64_t k) { return k; }
  static WEFT_INLINE void loadB(const char* b, int, Vector (&out)[kPanelVectors]) {
    WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) out[v] = load(reinterpret_cast<const float*>(b) + v * kLanes);
  }
  static WEFT_INLINE Vector fma(Vector acc, const char* a, Vector b) {
    return acc + *reinterpret_cast<const float*>(a) * b;
  }
};

// fp32 words against pairs: an even word takes the lower halves of a row of pairs, an odd word the upper.
struct WidenedProduct {
  static constexpr int64_t wordBytes = kColumns * 2;
  static int64_t words(int64_t k) { return (k + 1) / 2 * 2; }
  static WEFT_INLINE void loadB(const char* b, int word, Vector (&out)[kPanelVectors]) {
    const char* row = b - (word % 2) * wordBytes;
    WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) {
      const Words pair = loadWords(row + v * kLanes * 4);
      out[v] = reinterpret_cast<Vector>(word % 2 == 0 ? pair << 16 : pair & 0xffff0000u);
    }
  }
  static WEFT_INLINE Vector fma(Vector acc, const char* a, Vector b) {
    return acc + *reinterpret_cast<const float*>(a) * b;
  }
};

// With few rows there are too few sums to hide the latency of one multiply-add: words take turns among several sets.
template <int rows>
constexpr int sumSets() {
  return rows == 1 ? 4 : rows <= 3 ? 2 : 1;
}

// Stores the few columns of a tile at the right edge of C from sums[rows][kColumns]. One copy for tiles of all sizes.
static __attribute__((noinline)) void storeEdge(const TileCall& call, const float* sums) {
  for (int32_t r = 0; r < call.rows; ++r) {
    for (int32_t j = 0; j < call.columns; ++j) {
      float value = sums[r * kColumns + j];
      if (call.bias != nullptr) value += call.bias[j];
      if (call.addend != nullptr) value += call.addend[r * call.ldc + j];
      call.c[r * call.ldc + j] = value;
    }
  }
}

template <int rows>
static WEFT_INLINE void storeTile(const TileCall& call, Vector (&sum)[rows][kPanelVectors]) {
  if (call.alpha != 1.0f) {
    const Vector alpha = splat(call.alpha);
    WEFT_UNROLL for (int r = 0; r < rows; ++r) {
      WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) sum[r][v] = sum[r][v] * alpha;
    }
  }
  if (call.columns < kColumns) {
    float sums[rows * kColumns];
    WEFT_UNROLL for (int r = 0; r < rows; ++r) {
      WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) store(sums + r * kColumns + v * kLanes, sum[r][v]);
    }
    return storeEdge(call, sums);
  }
  if (call.bias != nullptr) {
    WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) {
      const Vector bias = load(call.bias + v * kLanes);
      WEFT_UNROLL for (int r = 0; r < rows; ++r) sum[r][v] = sum[r][v] + bias;
    }
  }
  if (call.addend != nullptr) {
    WEFT_UNROLL for (int r = 0; r < rows; ++r) {
      WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) {
        sum[r][v] = sum[r][v] + load(call.addend + r * call.ldc + v * kLanes);
      }
    }
  }
  WEFT_UNROLL for (int r = 0; r < rows; ++r) {
    WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) store(call.c + r * call.ldc + v * kLanes, sum[r][v]);
  }
}

template <class Product, int rows>
static void tile(const TileCall& call) {
  constexpr int sets = sumSets<rows>();
  Vector sum[sets][rows][kPanelVectors];
  WEFT_UNROLL for (int s = 0; s < sets; ++s) {
    WEFT_UNROLL for (int r = 0; r < rows; ++r) {
      WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) sum[s][r][v] = Vector{};
    }
  }
  WEFT_UNROLL for (int r = 0; r < rows; ++r) __builtin_prefetch(call.c + r * call.ldc, 1);

  const char* a = static_cast<const char*>(call.a);
  const char* b = static_cast<const char*>(call.b);
  const char* prefetch = call.prefetch;
  const char* const prefetchEnd = prefetch + call.prefetchLines * kChunkBytes;
  auto multiplyWord = [&](const char* word, int index, Vector (&into)[rows][kPanelVectors]) __attribute__((always_inline)) {
    Vector row[kPanelVectors];
    Product::loadB(b + index * Product::wordBytes, index, row);
    WEFT_UNROLL for (int r = 0; r < rows; ++r) {
      WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) {
        into[r][v] = Product::fma(into[r][v], word + r * kChunkBytes, row[v]);
      }
    }
  };

  const int64_t words = Product::words(call.k);
  for (int64_t chunk = words / kChunkWords; chunk > 0; --chunk) {
    if (prefetch < prefetchEnd) {
      __builtin_prefetch(prefetch, 0, 2);
      __builtin_prefetch(prefetch + kChunkBytes, 0, 2);
      prefetch += 2 * kChunkBytes;
    }
    for (int part = 0; part < 4; ++part) {
      WEFT_UNROLL for (int i = 0; i < 4; ++i) multiplyWord(a + i * 4, i, sum[i % sets]);
      a += 16;
      b += 4 * Product::wordBytes;
    }
    a += (rows - 1) * kChunkBytes;
  }
  const int64_t rest = words % kChunkWords;
  for (int64_t i = 0; i + 1 < rest; i += 2) {
    multiplyWord(a, 0, sum[0]);
    multiplyWord(a + 4, 1, sum[sets - 1]);
    a += 8;
    b += 2 * Product::wordBytes;
  }
  if (rest % 2 != 0) multiplyWord(a, 0, sum[0]);

  WEFT_UNROLL for (int s = 1; s < sets; ++s) {
    WEFT_UNROLL for (int r = 0; r < rows; ++r) {
      WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) sum[0][r][v] = sum[0][r][v] + sum[s][r][v];
    }
  }
  storeTile<rows>(call, sum[0]);
}

template <class Product>
static void tileOfRows(const TileCall& call) {
  switch (call.rows) {
    case 1: return tile<Product, 1>(call);
    case 2: return tile<Product, 2>(call);
    case 3: return tile<Product, 3>(call);
    case 4: return tile<Product, 4>(call);
    case 5: return tile<Product, 5>(call);
    case 6: return tile<Product, 6>(call);
#if defined(__AVX512F__) || defined(__aarch64__)
    case 7: return tile<Product, 7>(call);
    case 8: return tile<Product, 8>(call);
    case 9: return tile<Product, 9>(call);
    case 10: return tile<Product, 10>(call);
    case 11: return tile<Product, 11>(call);
    case 12: return tile<Product, 12>(call);
#endif
#if defined(__AVX512F__)
    case 13: return tile<Product, 13>(call);
    case 14: return tile<Product, 14>(call);
#endif
    default: return;
  }
}

}  // namespace weft::WEFT_ISA
