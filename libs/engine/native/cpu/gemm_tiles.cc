// The micro-kernels that need nothing beyond the compiler's vectors, and packing.
#include "cpu/gemm_skinny.h"
#include "cpu/gemm_tile.h"

namespace weft::WEFT_ISA {
namespace {

constexpr int64_t kWords = kChunkWords;

WEFT_INLINE void storeRounded(float* out, Vector v, bool round) {
  if (round) storeWords(out, roundedToBf16(v));
  else store(out, v);
}

void packContiguous(const RowBlock& a, int32_t rows, int64_t k, bool round, float* out) {
  static_assert(kWords % kLanes == 0);
  for (int64_t begin = 0; begin < k; begin += kWords) {
    const int64_t count = k - begin;
    for (int32_t r = 0; r < rows; ++r, out += kWords) {
      const float* row = a.data + r * a.rowStride + begin;
      if (count >= kWords) {
        WEFT_UNROLL for (int64_t i = 0; i < kWords; i += kLanes) storeRounded(out + i, load(row + i), round);
      } else {
        float padded[kWords] = {};
        std::memcpy(padded, row, static_cast<size_t>(count) * 4);
        WEFT_UNROLL for (int64_t i = 0; i < kWords; i += kLanes) storeRounded(out + i, load(padded + i), round);
      }
    }
  }
}

void packRowsF32(const RowBlock& a, int32_t rows, int64_t k, bool round, float* out) {
  if (a.depthStride == 1) return packContiguous(a, rows, k, round, out);
  for (int64_t begin = 0; begin < k; begin += kWords) {
    float chunk[kRows * kWords];
    const int64_t count = k - begin < kWords ? k - begin : kWords;
    for (int64_t i = 0; i < kWords; ++i) {
      const float* column = a.data + (begin + i) * a.depthStride;
      for (int32_t r = 0; r < rows; ++r) chunk[r * kWords + i] = i < count ? column[r * a.rowStride] : 0.0f;
    }
    for (int64_t i = 0; i < rows * kWords; i += kLanes) storeRounded(out + i, load(chunk + i), round);
    out += rows * kWords;
  }
}

void packPanelWide(const float* b, int64_t depthStride, int64_t columnStride, int64_t k, int32_t n, float* out) {
  for (int64_t i = 0; i < k; ++i, out += kColumns) {
    const float* row = b + i * depthStride;
    if (n == kColumns && columnStride == 1) {
      WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) store(out + v * kLanes, load(row + v * kLanes));
    } else {
      for (int32_t j = 0; j < kColumns; ++j) out[j] = j < n ? row[j * columnStride] : 0.0f;
    }
  }
}

void packPanelPairs(const float* b, int64_t depthStride, int64_t columnStride, int64_t k, int32_t n, uint16_t* out) {
  for (int64_t i = 0; i < k; i += 2, out += 2 * kColumns) {
    const float* row = b + i * depthStride;
    const bool last = i + 1 == k;
    if (n == kColumns && columnStride == 1 && !last) {
      WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) {
        const Words lower = roundedToBf16(load(row + v * kLanes)) >> 16;
        const Words upper = roundedToBf16(load(row + depthStride + v * kLanes));
        storeWords(out + v * 2 * kLanes, lower | upper);
      }
    } else {
      for (int32_t j = 0; j < kColumns; ++j) {
        out[2 * j] = j < n ? bf16Of(row[j * columnStride]) : uint16_t{0};
        out[2 * j + 1] = j < n && !last ? bf16Of(row[depthStride + j * columnStride]) : uint16_t{0};
      }
    }
  }
}

void widenPanel(const void* pairs, int64_t k, float* out) {
  const char* in = static_cast<const char*>(pairs);
  for (int64_t i = 0; i < k; i += 2, in += 4 * kColumns, out += 2 * kColumns) {
    WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) {
      const Words pair = loadWords(in + v * kLanes * 4);
      storeWords(out + v * kLanes, pair << 16);
      storeWords(out + kColumns + v * kLanes, pair & 0xffff0000u);
    }
  }
}

// A block of B whose columns are contiguous along K is first turned, so that both kinds of source share the loops above.
void packPanel(PanelFormat format, const float* b, int64_t depthStride, int64_t columnStride, int64_t k, int32_t n,
               void* out) {
  constexpr int64_t kTurn = 32;
  const int64_t wordBytes = format == PanelFormat::wide ? kColumns * 4 : kColumns * 2;
  auto pack = [&](const float* source, int64_t stride, int64_t across, int64_t count, int32_t columns, void* to) {
    if (format == PanelFormat::wide) packPanelWide(source, stride, across, count, columns, static_cast<float*>(to));
    else packPanelPairs(source, stride, across, count, columns, static_cast<uint16_t*>(to));
  };
  if (columnStride == 1) return pack(b, depthStride, 1, k, n, out);
  float turned[kTurn * kColumns] = {};
  for (int64_t begin = 0; begin < k; begin += kTurn) {
    const int64_t count = k - begin < kTurn ? k - begin : kTurn;
    for (int32_t j = 0; j < n; ++j) {
      const float* column = b + j * columnStride + begin * depthStride;
      for (int64_t i = 0; i < count; ++i) turned[i * kColumns + j] = column[i * depthStride];
    }
    pack(turned, kColumns, 1, count, kColumns, static_cast<char*>(out) + begin * wordBytes);
  }
}

}  // namespace

const MicroKernels& microKernels() {
  static constexpr MicroKernels kernels = {
      .name = WEFT_ISA_TEXT(WEFT_ISA),
      .columns = kColumns,
      .pairDepth = 2,
      .bf16Instructions = false,
      .product = {{tileOfRows<WideProduct>, kRows, 1, 0, kAnyDepth},
                  {tileOfRows<WidenedProduct>, kRows, 1, 0, kAnyDepth},
                  {}},
      .packRowsF32 = packRowsF32,
      .packRowsBf16 = nullptr,
      .packPanel = packPanel,
      .widenPanel = widenPanel,
      .tilesWorthWidening = kNeverTiles,
      .enter = nullptr,
      .leave = nullptr,
      .skinnyDot = skinnyDot,
      .skinnyRows = skinnyRows,
  };
  return kernels;
}

}  // namespace weft::WEFT_ISA
