// What one instruction set contributes to matrix products. Everything around it (partition over threads, blocking,
// packing of weights) is the same for all and lives beside this file.
//
// Packed A: one panel of `rows` rows, in chunks of 64 bytes per row: [chunk][rows][16 words]. A word is one fp32, or two
// bf16 that follow each other along K. The last chunk is filled up with zeros.
// Packed B: panels of `columns` columns, each `wide` [K][columns] fp32 or `pairs` [K/2][columns][2] bf16. Rows beyond K
// and columns beyond N are zero.
#pragma once

#include <cstddef>
#include <cstdint>

namespace weft {

enum class PanelFormat : int32_t { wide = 0, pairs = 1 };

// How A and B meet: fp32 with wide panels, fp32 with pairs that are widened on the way, or bf16 with pairs.
enum class ProductKind : int32_t { wide = 0, widened = 1, bf16 = 2 };
constexpr int kProductKinds = 3;

constexpr int64_t kChunkBytes = 64;
constexpr int64_t kChunkWords = 16;
constexpr int64_t kAnyDepth = int64_t{1} << 40;
constexpr int64_t kNeverTiles = int64_t{1} << 40;

// One tile C[rows, columns] of a block of K: C = alpha * A * B (+ bias) (+ addend).
struct TileCall {
  const void* a = nullptr;
  const void* b = nullptr;
  int64_t k = 0;
  float* c = nullptr;
  int64_t ldc = 0;
  int32_t rows = 0;
  int32_t columns = 0;  // fewer than the panel has at the right edge of C
  float alpha = 1.0f;
  const float* bias = nullptr;    // at the tile's first column
  const float* addend = nullptr;  // at the tile's first element, leading dimension ldc
  // Where the next panel of B begins for this tile's share of it, to be drawn nearer while this one is multiplied.
  const char* prefetch = nullptr;
  int32_t prefetchLines = 0;
};

// Rows of A, for packing: element (r, k) lies at data[r * rowStride + k * depthStride]; one of the strides is 1.
struct RowBlock {
  const float* data;
  int64_t rowStride;
  int64_t depthStride;
};

// A product with so little reuse that packing would cost more than it gives. B element (k, n) lies at
// b[k * bDepthStride + n * bColumnStride]. C element (m, n) lies at c[m * cRowStride + n * cColumnStride], and so the
// addend's.
struct SkinnyCall {
  int64_t m, n, k;
  RowBlock a;
  const float* b;
  int64_t bDepthStride, bColumnStride;
  float* c;
  int64_t cRowStride, cColumnStride;
  float alpha;
  const float* bias;        // [N]
  const float* biasOfRows;  // [M]
  const float* addend;
};

struct MicroKernels {
  const char* name;
  int32_t columns;  // of a panel
  // K of `pairs` panels is filled up to a multiple of this.
  int32_t pairDepth;
  // Whether Compute::bf16 runs on bf16 instructions; where not, A is rounded to bf16 and kept as fp32.
  bool bf16Instructions;

  struct Product {
    void (*tile)(const TileCall& call);
    int32_t rows;  // most rows of a tile
    // Rows of packed A are filled up to a multiple of this, in tiles of more than `looseRows` rows.
    int32_t rowMultiple;
    int32_t looseRows;
    // How deep a panel may be for it to stay in the first-level cache, where that matters; a multiple of 32.
    int64_t sliceDepth;
  };
  Product product[kProductKinds];

  // `round`: rounded to bf16 but kept as fp32.
  void (*packRowsF32)(const RowBlock& a, int32_t rows, int64_t k, bool round, float* out);
  // In the layout of a tile of `paddedRows` rows, of which those beyond `rows` become zero.
  void (*packRowsBf16)(const RowBlock& a, int32_t rows, int32_t paddedRows, int64_t k, uint16_t* out);
  // Packs into one panel, from K index k0 (even for pairs): `k` rows of B of which `n` columns are real. `b` is the
  // element (k0, first column); the strides are as in SkinnyCall.
  void (*packPanel)(PanelFormat format, const float* b, int64_t depthStride, int64_t columnStride, int64_t k, int32_t n,
                    void* out);
  // Turns `k` rows (an even number) of a panel of pairs into wide ones. From so many tiles on that share a panel, it is
  // widened once for all of them rather than by each.
  void (*widenPanel)(const void* pairs, int64_t k, float* out);
  int64_t tilesWorthWidening;
  // Around all tiles that a thread does for one product, where the CPU must be prepared; else null.
  void (*enter)();
  void (*leave)();

  // Both depth strides 1: dot products. Columns of B with stride 1: sums of scaled rows of B.
  void (*skinnyDot)(const SkinnyCall& call);
  void (*skinnyRows)(const SkinnyCall& call);
};

namespace portable { const MicroKernels& microKernels(); }
namespace avx2 { const MicroKernels& microKernels(); }
namespace avx512 { const MicroKernels& microKernels(); }
namespace avx512bf16 { const MicroKernels& microKernels(); }
namespace amx { const MicroKernels& microKernels(); }

}  // namespace weft
