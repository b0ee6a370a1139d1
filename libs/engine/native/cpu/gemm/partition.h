// How a product is cut: C among threads, a block of rows among tiles.
#pragma once

#include "cpu/gemm/panels.h"

namespace weft::gemm {

// Where part `part` of `parts` equal parts of `count` begins.
constexpr int64_t shareOf(int64_t count, int64_t part, int64_t parts) { return count * part / parts; }

struct Grid {
  int64_t rows = 1;
  int64_t columns = 1;
};

// One part of C, in rows and panels.
struct Part {
  int64_t firstRow, lastRow;
  int64_t firstPanel, lastPanel;
};

// Cuts C into rows * columns parts of about equal work: a multiple of `threads` where C is large enough.
Grid chooseGrid(int64_t threads, int64_t m, const Panels& b);
Part partOf(const Grid& grid, int64_t part, int64_t m, int64_t panels);

// Whether work of so many operations and bytes is too short to be worth waking other threads.
bool isShort(int64_t operations, int64_t bytes);

// K that one chunk of packed A covers.
constexpr int64_t depthOfChunk(const Panels& b) {
  return b.kind == ProductKind::bf16 ? 2 * kChunkWords : kChunkWords;
}

// The tiles of a block of rows. Where tiles may have any number of rows they are of nearly equal height; else all but
// the last are of full height, so that only the last is padded.
struct Tiling {
  Tiling(const MicroKernels::Product& product, int64_t rows)
      : tiles((rows + product.rows - 1) / product.rows), count_(rows), product_(product) {}

  int64_t tiles;

  int64_t begin(int64_t tile) const {
    return product_.rowMultiple == 1 ? shareOf(count_, tile, tiles)
                                     : (tile * product_.rows < count_ ? tile * product_.rows : count_);
  }
  int64_t rows(int64_t tile) const { return begin(tile + 1) - begin(tile); }
  int64_t padded(int64_t tile) const {
    const int64_t real = rows(tile);
    if (real <= product_.looseRows) return real;
    return (real + product_.rowMultiple - 1) / product_.rowMultiple * product_.rowMultiple;
  }

 private:
  int64_t count_;
  const MicroKernels::Product& product_;
};

}  // namespace weft::gemm
