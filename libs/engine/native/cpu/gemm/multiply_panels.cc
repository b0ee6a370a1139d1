#include <algorithm>

#include "cpu/gemm/multiply.h"
#include "cpu/gemm/partition.h"

namespace weft::gemm {
namespace {

// Packed A of one block: it stays in the second-level cache (1 MiB and more on the machines measured) while all panels
// of B pass by.
constexpr int64_t kBlockBytes = 320 << 10;
// K up to which a product runs in one piece, so that C is written once; the panel's share must fit beside A.
constexpr int64_t kDepthWhole = 2048;
constexpr int64_t kDepthBlock = 1024;

// One block of A, packed, against all panels of a part.
struct Block {
  Tiling tiling;
  int64_t firstRow;
  int64_t depth, k;
  int64_t rowBytes;
  char* a;
  float* wide;  // room for one widened panel
};

struct Output {
  float* c;
  int64_t ldc;
  const Gemm::Epilogue& epilogue;
};

// All tiles of one panel, slice after slice of K, so that a slice of the panel stays in the first-level cache.
void multiplyPanel(const Panels& b, const Block& block, int64_t panel, bool hasNext, const Output& out) {
  const MicroKernels& kernels = *b.kernels;
  const bool widen = b.kind == ProductKind::widened && block.tiling.tiles >= kernels.tilesWorthWidening;
  const MicroKernels::Product& product =
      kernels.product[static_cast<int>(widen ? ProductKind::wide : b.kind)];
  const char* data = b.at(panel, block.depth);
  if (widen) {
    kernels.widenPanel(data, (block.k + 1) / 2 * 2, block.wide);
    data = reinterpret_cast<const char*>(block.wide);
  }
  const int64_t wordBytes = widen ? kernels.columns * 4 : b.wordBytes();
  const int64_t chunkDepth = depthOfChunk(b);
  const int64_t column = panel * kernels.columns;
  const int64_t slices = std::max<int64_t>(1, (block.k + product.sliceDepth - 1) / product.sliceDepth);
  const int64_t sliceDepth = std::max<int64_t>(32, ((block.k + slices - 1) / slices + 31) / 32 * 32);
  // The next panel comes nearer bit by bit, so that its first tile need not wait for all of it.
  const int64_t lines = block.tiling.tiles > 1 && hasNext ? block.k * b.wordBytes() / kChunkBytes : 0;
  const int64_t calls = slices * block.tiling.tiles, linesPerCall = (lines + calls - 1) / calls;

  TileCall call;
  call.ldc = out.ldc;
  call.columns = static_cast<int32_t>(std::min<int64_t>(kernels.columns, b.n - column));
  call.alpha = out.epilogue.alpha;
  call.prefetch = lines > 0 ? b.at(panel + 1, block.depth) : nullptr;
  call.prefetchLines = static_cast<int32_t>(linesPerCall);
  for (int64_t slice = 0; slice < slices; ++slice) {
    const int64_t depth = slice * sliceDepth;
    const bool isFirst = block.depth == 0 && slice == 0;
    call.b = data + depth * wordBytes;
    call.k = std::min(sliceDepth, block.k - depth);
    call.bias = isFirst && out.epilogue.bias != nullptr ? out.epilogue.bias + column : nullptr;
    for (int64_t t = 0; t < block.tiling.tiles; ++t) {
      const int64_t begin = block.tiling.begin(t);
      const int64_t at = (block.firstRow + begin) * out.ldc + column;
      call.a = block.a + begin * block.rowBytes + depth / chunkDepth * block.tiling.padded(t) * kChunkBytes;
      call.rows = static_cast<int32_t>(block.tiling.rows(t));
      call.c = out.c + at;
      call.addend = !isFirst ? call.c : out.epilogue.addend != nullptr ? out.epilogue.addend + at : nullptr;
      product.tile(call);
      if (lines > 0) call.prefetch += linesPerCall * kChunkBytes;
    }
  }
}

void packBlock(const Panels& b, const RowBlock& a, const Block& block) {
  for (int64_t t = 0; t < block.tiling.tiles; ++t) {
    const int64_t begin = block.tiling.begin(t);
    const RowBlock rows{a.data + (block.firstRow + begin) * a.rowStride + block.depth * a.depthStride, a.rowStride,
                        a.depthStride};
    const int32_t count = static_cast<int32_t>(block.tiling.rows(t));
    char* to = block.a + begin * block.rowBytes;
    if (b.kind == ProductKind::bf16) {
      const int32_t padded = static_cast<int32_t>(block.tiling.padded(t));
      b.kernels->packRowsBf16(rows, count, padded, block.k, reinterpret_cast<uint16_t*>(to));
    } else {
      b.kernels->packRowsF32(rows, count, block.k, b.roundA, reinterpret_cast<float*>(to));
    }
  }
}

void multiplyPart(ThreadPool& pool, int thread, const Part& part, const RowBlock& a, const Panels& b,
                  const Output& out) {
  const int64_t rows = part.lastRow - part.firstRow;
  if (rows <= 0 || part.firstPanel >= part.lastPanel) return;
  const MicroKernels::Product& product = b.kernels->product[static_cast<int>(b.kind)];
  const int64_t depthParts = b.k <= kDepthWhole ? 1 : (b.k + kDepthBlock - 1) / kDepthBlock;
  const int64_t depthStep = std::max<int64_t>(32, ((b.k + depthParts - 1) / depthParts + 31) / 32 * 32);
  const int64_t rowBytes = depthStep / depthOfChunk(b) * kChunkBytes;
  const int64_t mostRows = std::max<int64_t>(product.rows, kBlockBytes / rowBytes / product.rowMultiple * product.rowMultiple);
  const int64_t blocks = (rows + mostRows - 1) / mostRows;
  const int64_t packedBytes = (mostRows + product.rowMultiple) * rowBytes;
  const int64_t wideBytes = b.kind == ProductKind::widened ? depthStep * b.kernels->columns * 4 : 0;
  char* scratch = static_cast<char*>(
      pool.scratch(thread, ThreadPool::productSlot, static_cast<size_t>(packedBytes + wideBytes)));

  if (b.kernels->enter != nullptr) b.kernels->enter();
  for (int64_t i = 0; i < blocks; ++i) {
    const int64_t first = shareOf(rows, i, blocks), last = shareOf(rows, i + 1, blocks);
    Block block{Tiling(product, last - first), part.firstRow + first, 0, 0, 0, scratch,
                reinterpret_cast<float*>(scratch + packedBytes)};
    do {
      block.k = std::min(depthStep, b.k - block.depth);
      block.rowBytes = (block.k + depthOfChunk(b) - 1) / depthOfChunk(b) * kChunkBytes;
      packBlock(b, a, block);
      for (int64_t panel = part.firstPanel; panel < part.lastPanel; ++panel) {
        multiplyPanel(b, block, panel, panel + 1 < part.lastPanel, out);
      }
      block.depth += depthStep;
    } while (block.depth < b.k);
  }
  if (b.kernels->leave != nullptr) b.kernels->leave();
}

}  // namespace

void multiplyPanels(ThreadPool& pool, int64_t m, const RowBlock& a, const Panels& b, float* c, int64_t ldc,
                    const Gemm::Epilogue& epilogue) {
  if (m <= 0 || b.n <= 0) return;
  const Output out{c, ldc, epilogue};
  const bool alone = pool.threads() == 1 || isShort(2 * m * b.n * b.k, static_cast<int64_t>(b.bytes()));
  if (alone) return multiplyPart(pool, 0, {0, m, 0, b.panelCount()}, a, b, out);
  const Grid grid = chooseGrid(pool.threads(), m, b);
  pool.runParts(static_cast<int>(grid.rows * grid.columns), [&](int part, int thread) {
    multiplyPart(pool, thread, partOf(grid, part, m, b.panelCount()), a, b, out);
  });
}

}  // namespace weft::gemm
