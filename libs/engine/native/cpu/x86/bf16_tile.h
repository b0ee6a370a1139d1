// vdpbf16ps as a product of tiles, and the packing of A for it. Included by files compiled for AVX512_BF16.
#pragma once

#include <immintrin.h>

#include "cpu/gemm_tile.h"

namespace weft::WEFT_ISA {

struct PairProduct {
  static constexpr int64_t wordBytes = kColumns * 4;
  static int64_t words(int64_t k) { return (k + 1) / 2; }
  static WEFT_INLINE void loadB(const char* b, int, Vector (&out)[kPanelVectors]) {
    WEFT_UNROLL for (int v = 0; v < kPanelVectors; ++v) out[v] = load(reinterpret_cast<const float*>(b) + v * kLanes);
  }
  static WEFT_INLINE Vector fma(Vector acc, const char* a, Vector b) {
    const __m512i pair = _mm512_set1_epi32(*reinterpret_cast<const int32_t*>(a));
    return _mm512_dpbf16_ps(acc, reinterpret_cast<__m512bh>(pair), reinterpret_cast<__m512bh>(b));
  }
};

static inline __m512i roundedChunk(__m512 low, __m512 high) {
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low));
}

// As MicroKernels::packRowsBf16; rows beyond `rows` become zero.
static inline void packRowsBf16(const RowBlock& a, int32_t rows, int32_t paddedRows, int64_t k, uint16_t* out) {
  constexpr int64_t depth = 2 * kChunkWords;
  for (int64_t begin = 0; begin < k; begin += depth) {
    const int64_t count = k - begin < depth ? k - begin : depth;
    const uint32_t mask = count == depth ? ~0u : (1u << count) - 1u;
    for (int32_t r = 0; r < rows; ++r, out += depth) {
      const float* row = a.data + r * a.rowStride + begin * a.depthStride;
      if (a.depthStride == 1) {
        const __m512 low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), row);
        const __m512 high = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> 16), row + 16);
        _mm512_store_si512(out, roundedChunk(low, high));
        continue;
      }
      float turned[depth] = {};
      for (int64_t i = 0; i < count; ++i) turned[i] = row[i * a.depthStride];
      _mm512_store_si512(out, roundedChunk(_mm512_loadu_ps(turned), _mm512_loadu_ps(turned + 16)));
    }
    for (int32_t r = rows; r < paddedRows; ++r, out += depth) _mm512_store_si512(out, _mm512_setzero_si512());
  }
}

}  // namespace weft::WEFT_ISA
