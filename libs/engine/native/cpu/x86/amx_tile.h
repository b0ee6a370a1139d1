// Products on tile registers (AMX): C[32, 32] as four tiles of 16 x 16 fp32, each step multiplying 16 rows of 32 bf16.
// Packed A and panels of pairs already have the layout of tiles. The tile operations are a parameter, so that tests can
// run this code on any CPU.
//
// Tiles must provide, for tile numbers 0..7: configure(const TileConfiguration*), release(), and as templates of tile
// numbers zero<t>(), load<t>(pointer, bytesPerRow), store<t>(pointer, bytesPerRow), multiply<c, a, b>() (c += a * b).
#pragma once

#include <cstdint>

#include "cpu/gemm/micro_kernels.h"
#include "cpu/gemm_vector.h"

namespace weft::WEFT_ISA {

constexpr int32_t kTileRows = 16;
constexpr int32_t kAmxRows = 2 * kTileRows;
constexpr int32_t kAmxColumns = 32;
constexpr int64_t kTileDepth = 32;
constexpr int64_t kTileRowBytes = 64;
// A slice of a panel (32 columns) takes at most 40 KiB, so that it stays in a first-level cache of 48 KiB while rows of
// A pass by: from the second level, tiles of both would come slower than they are multiplied.
constexpr int64_t kAmxSliceDepth = 640;
// Up to so many rows, vector instructions read B as fast as memory delivers it.
constexpr int32_t kAmxLooseRows = 4;

// As LDTILECFG reads it: palette 1, eight tiles of 16 rows of 64 bytes.
struct alignas(64) TileConfiguration {
  uint8_t palette = 1;
  uint8_t startRow = 0;
  uint8_t reserved[14] = {};
  uint16_t bytesPerRow[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfiguration) == 64);

// Writes sums[rows][kAmxColumns] to C with the call's epilogue.
static inline void storeSums(const TileCall& call, const float* sums) {
  for (int32_t r = 0; r < call.rows; ++r, sums += kAmxColumns) {
    float* c = call.c + r * call.ldc;
    const float* addend = call.addend != nullptr ? call.addend + r * call.ldc : nullptr;
    if (call.columns < kAmxColumns) {
      for (int32_t j = 0; j < call.columns; ++j) {
        float value = sums[j] * call.alpha;
        if (call.bias != nullptr) value += call.bias[j];
        if (addend != nullptr) value += addend[j];
        c[j] = value;
      }
      continue;
    }
    for (int32_t j = 0; j < kAmxColumns; j += kLanes) {
      Vector value = load(sums + j) * splat(call.alpha);
      if (call.bias != nullptr) value = value + load(call.bias + j);
      if (addend != nullptr) value = value + load(addend + j);
      store(c + j, value);
    }
  }
}

// Tiles 0..3 hold C (row by row), 4 and 5 A, 6 and 7 B. `isTall`: 32 rows, else 16.
template <class Tiles, bool isTall>
static WEFT_INLINE void multiplyChunks(const TileCall& call) {
  const char* a = static_cast<const char*>(call.a);
  const char* b = static_cast<const char*>(call.b);
  constexpr int64_t wordRowBytes = kAmxColumns * 4;
  constexpr int64_t aBytes = (isTall ? kAmxRows : kTileRows) * kChunkBytes;
  const char* prefetch = call.prefetch;
  const char* const prefetchEnd = prefetch + call.prefetchLines * kChunkBytes;
  for (int64_t chunk = (call.k + kTileDepth - 1) / kTileDepth; chunk > 0; --chunk) {
    for (int i = 0; i < 4 && prefetch < prefetchEnd; ++i, prefetch += kChunkBytes) __builtin_prefetch(prefetch, 0, 2);
    Tiles::template load<6>(b, wordRowBytes);
    Tiles::template load<4>(a, kTileRowBytes);
    Tiles::template multiply<0, 4, 6>();
    Tiles::template load<7>(b + kTileRowBytes, wordRowBytes);
    Tiles::template multiply<1, 4, 7>();
    if constexpr (isTall) {
      Tiles::template load<5>(a + kTileRows * kTileRowBytes, kTileRowBytes);
      Tiles::template multiply<2, 5, 6>();
      Tiles::template multiply<3, 5, 7>();
    }
    a += aBytes;
    b += kTileDepth / 2 * wordRowBytes;
  }
}

template <class Tiles, bool isTall>
static void tileOfTiles(const TileCall& call) {
  constexpr int32_t rows = isTall ? kAmxRows : kTileRows;
  const bool isWhole = call.rows == rows && call.columns == kAmxColumns && call.alpha == 1.0f && call.bias == nullptr;
  const int64_t ldcBytes = call.ldc * 4;
  if (isWhole && call.addend != nullptr) {
    Tiles::template load<0>(call.addend, ldcBytes);
    Tiles::template load<1>(call.addend + kTileRows, ldcBytes);
    if constexpr (isTall) {
      const float* below = call.addend + kTileRows * call.ldc;
      Tiles::template load<2>(below, ldcBytes);
      Tiles::template load<3>(below + kTileRows, ldcBytes);
    }
  } else {
    Tiles::template zero<0>();
    Tiles::template zero<1>();
    if constexpr (isTall) {
      Tiles::template zero<2>();
      Tiles::template zero<3>();
    }
  }
  multiplyChunks<Tiles, isTall>(call);

  alignas(64) float sums[rows * kAmxColumns];
  float* const out = isWhole ? call.c : sums;
  const int64_t stride = isWhole ? ldcBytes : kAmxColumns * 4;
  char* const lower = reinterpret_cast<char*>(out) + kTileRows * stride;
  Tiles::template store<0>(out, stride);
  Tiles::template store<1>(out + kTileRows, stride);
  if constexpr (isTall) {
    Tiles::template store<2>(lower, stride);
    Tiles::template store<3>(lower + kTileRowBytes, stride);
  }
  if (!isWhole) storeSums(call, sums);
}

// One tile of C; `loose` does those of at most kAmxLooseRows rows, whose A is not padded.
template <class Tiles, void (*loose)(const TileCall& call)>
static void amxTile(const TileCall& call) {
  if (call.rows <= kAmxLooseRows) return loose(call);
  if (call.rows > kTileRows) return tileOfTiles<Tiles, true>(call);
  tileOfTiles<Tiles, false>(call);
}

template <class Tiles>
static void enterTiles() {
  static constexpr TileConfiguration configuration;
  Tiles::configure(&configuration);
}

template <void (*loose)(const TileCall& call), class Tiles>
static MicroKernels::Product amxProduct() {
  return {amxTile<Tiles, loose>, kAmxRows, kTileRows, kAmxLooseRows, kAmxSliceDepth};
}

}  // namespace weft::WEFT_ISA
