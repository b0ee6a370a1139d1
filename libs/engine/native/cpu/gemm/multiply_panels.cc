#include <algorithm>

#include "cpu/gemm/multiply.h"

namespace weft::gemm {
namespace {

// Packed A of one block: it stays in the second-level cache (1 MiB and more on the machines measured) while all panels
// of B pass by.
constexpr int64_t kBlockBytes = 320 << 10;
// K up to which a product runs in one piece, so that C is written once; the panel's share must fit beside A.
constexpr int64_t kDepthWhole = 2048;
constexpr int64_t kDepthBlock = 1024;

int64_t share(int64_t count, int64_t part, int64_t parts) { return count * part / parts; }

struct Grid {
  int64_t rows = 1;
  int64_t columns = 1;
};

// Splits C among threads. Every column part packs all its rows of A again and every row part reads all its panels
// again, so the costs (in multiply-adds of one lane set, measured) are weighed against the balance.
Grid chooseGrid(int64_t threads, int64_t m, const Panels& b) {
  constexpr double kPackCost = 6, kReadCost = 6;
  const double columns = static_cast<double>(b.kernels->columns);
  Grid best;
  double bestCost = -1;
  for (int64_t rowParts = 1; rowParts <= threads; ++rowParts) {
    const int64_t columnParts = threads / rowParts;
    const double rows = static_cast<double>((m + rowParts - 1) / rowParts);
    const double width = static_cast<double>((b.panelCount() + columnParts - 1) / columnParts) * columns;
    const double cost = rows * width + kPackCost * rows + kReadCost * width;
    if (bestCost < 0 || cost < bestCost) {
      bestCost = cost;
      best = {rowParts, columnParts};
    }
  }
  return best;
}

// One thread's part of C.
struct Part {
  int64_t firstRow, lastRow;
  int64_t firstPanel, lastPanel;
};

// One block of A, packed, against all panels of the part.
struct Block {
  int64_t firstRow, rows;
  int64_t depth, k;
  const char* a;
  int64_t rowBytes;
};

void multiplyBlock(const Panels& b, const Part& part, const Block& block, float* c, int64_t ldc,
                   const Gemm::Epilogue& epilogue) {
  const int64_t columns = b.kernels->columns;
  const auto tile = b.kernels->tile[static_cast<int>(b.kind)];
  const int64_t tiles = (block.rows + b.kernels->rows - 1) / b.kernels->rows;
  const int64_t panelLines = block.k * b.wordBytes() / kChunkBytes;
  const int64_t tileLines = tiles > 1 ? (panelLines + tiles - 1) / tiles : 0;
  const bool isFirst = block.depth == 0;
  for (int64_t panel = part.firstPanel; panel < part.lastPanel; ++panel) {
    const int64_t column = panel * columns;
    TileCall call;
    call.b = b.at(panel, block.depth);
    call.k = block.k;
    call.ldc = ldc;
    call.columns = static_cast<int32_t>(std::min(columns, b.n - column));
    call.alpha = epilogue.alpha;
    call.bias = isFirst && epilogue.bias != nullptr ? epilogue.bias + column : nullptr;
    call.prefetchLines = panel + 1 < part.lastPanel ? static_cast<int32_t>(tileLines) : 0;
    for (int64_t t = 0; t < tiles; ++t) {
      const int64_t begin = share(block.rows, t, tiles), end = share(block.rows, t + 1, tiles);
      const int64_t at = (block.firstRow + begin) * ldc + column;
      call.a = block.a + begin * block.rowBytes;
      call.rows = static_cast<int32_t>(end - begin);
      call.c = c + at;
      call.addend = !isFirst ? c + at : epilogue.addend != nullptr ? epilogue.addend + at : nullptr;
      if (call.prefetchLines > 0) call.prefetch = b.at(panel + 1, block.depth) + t * tileLines * kChunkBytes;
      tile(call);
    }
  }
}

void packBlock(const Panels& b, const RowBlock& a, const Block& block, char* out) {
  const int64_t tiles = (block.rows + b.kernels->rows - 1) / b.kernels->rows;
  for (int64_t t = 0; t < tiles; ++t) {
    const int64_t begin = share(block.rows, t, tiles), end = share(block.rows, t + 1, tiles);
    const RowBlock rows{a.data + (block.firstRow + begin) * a.rowStride + block.depth * a.depthStride, a.rowStride,
                        a.depthStride};
    const int32_t count = static_cast<int32_t>(end - begin);
    char* to = out + begin * block.rowBytes;
    if (b.kind == ProductKind::bf16) {
      b.kernels->packRowsBf16(rows, count, block.k, reinterpret_cast<uint16_t*>(to));
    } else {
      b.kernels->packRowsF32(rows, count, block.k, b.roundA, reinterpret_cast<float*>(to));
    }
  }
}

int64_t chunksOf(const Panels& b, int64_t k) {
  const int64_t depth = b.kind == ProductKind::bf16 ? 2 * kChunkWords : kChunkWords;
  return (k + depth - 1) / depth;
}

}  // namespace

bool isShort(int64_t operations, int64_t bytes) {
  // Some microseconds on one thread, at 100 operations or 20 bytes a nanosecond.
  return operations < 400'000 && bytes < 80'000;
}

void multiplyPanels(ThreadPool& pool, int64_t m, const RowBlock& a, const Panels& b, float* c, int64_t ldc,
                    const Gemm::Epilogue& epilogue) {
  if (m <= 0 || b.n <= 0) return;
  const bool alone = pool.threads() == 1 || isShort(2 * m * b.n * b.k, static_cast<int64_t>(b.bytes()));
  const Grid grid = alone ? Grid{} : chooseGrid(pool.threads(), m, b);
  const int64_t depthParts = b.k <= kDepthWhole ? 1 : (b.k + kDepthBlock - 1) / kDepthBlock;
  const int64_t depthStep = ((b.k + depthParts - 1) / depthParts + 31) / 32 * 32;

  auto work = [&](int thread) {
    if (thread >= grid.rows * grid.columns) return;
    const int64_t rowPart = thread / grid.columns, columnPart = thread % grid.columns;
    const Part part{share(m, rowPart, grid.rows), share(m, rowPart + 1, grid.rows),
                    share(b.panelCount(), columnPart, grid.columns), share(b.panelCount(), columnPart + 1, grid.columns)};
    const int64_t rows = part.lastRow - part.firstRow;
    if (rows == 0 || part.firstPanel == part.lastPanel) return;
    const int64_t rowBytes = chunksOf(b, std::min(depthStep, b.k)) * kChunkBytes;
    const int64_t mostRows = std::max<int64_t>(b.kernels->rows, kBlockBytes / std::max<int64_t>(rowBytes, 1));
    const int64_t blocks = (rows + mostRows - 1) / mostRows;
    const size_t bytes = static_cast<size_t>((rows + blocks - 1) / blocks * rowBytes);
    char* packed = static_cast<char*>(pool.scratch(thread, ThreadPool::productSlot, bytes));
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t first = part.firstRow + share(rows, i, blocks);
      const int64_t count = part.firstRow + share(rows, i + 1, blocks) - first;
      int64_t depth = 0;
      do {
        const int64_t k = std::min(depthStep, b.k - depth);
        const Block block{first, count, depth, k, packed, chunksOf(b, k) * kChunkBytes};
        packBlock(b, a, block, packed);
        multiplyBlock(b, part, block, c, ldc, epilogue);
        depth += depthStep;
      } while (depth < b.k);
    }
  };
  if (alone) work(0);
  else pool.run(work);
}

}  // namespace weft::gemm
