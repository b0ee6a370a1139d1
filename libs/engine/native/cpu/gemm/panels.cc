#include "cpu/gemm/panels.h"

#include <algorithm>
#include <cstring>

namespace weft::gemm {
namespace {

// Rows that are read at a time where a weight is packed as it is stored: even, as pairs are, and few, as rows can be
// as wide as a vocabulary.
constexpr int64_t kReadRows = 16;

void clearPadding(const Panels& panels, int64_t panel) {
  const int64_t written = panels.format == PanelFormat::pairs ? (panels.k + 1) / 2 * 2 : panels.k;
  std::memset(panels.at(panel, written), 0, static_cast<size_t>((panels.paddedK - written) * panels.wordBytes()));
}

// Each task reads the rows of one panel, which are columns of B.
void packTransposed(ThreadPool& pool, const RowReader& weight, const Panels& panels) {
  const int64_t columns = panels.kernels->columns, k = panels.k;
  pool.parallelFor(panels.panelCount(), 1, [&](int64_t begin, int64_t end, int thread) {
    const size_t bytes = static_cast<size_t>(columns * k) * sizeof(float);
    float* rows = static_cast<float*>(pool.scratch(thread, ThreadPool::productSlot, bytes));
    for (int64_t panel = begin; panel < end; ++panel) {
      const int64_t first = panel * columns, count = std::min(columns, panels.n - first);
      weight.read(first, count, rows);
      panels.kernels->packPanel(panels.format, rows, 1, k, k, static_cast<int32_t>(count), panels.at(panel, 0));
      clearPadding(panels, panel);
    }
  });
}

// Each task reads a few rows and lays them into all panels.
void packPlain(ThreadPool& pool, const RowReader& weight, const Panels& panels) {
  const int64_t columns = panels.kernels->columns, n = panels.n;
  pool.parallelFor(panels.k, kReadRows, [&](int64_t begin, int64_t end, int thread) {
    const size_t bytes = static_cast<size_t>(kReadRows * n) * sizeof(float);
    float* rows = static_cast<float*>(pool.scratch(thread, ThreadPool::productSlot, bytes));
    for (int64_t depth = begin; depth < end; depth += kReadRows) {
      const int64_t count = std::min(kReadRows, end - depth);
      weight.read(depth, count, rows);
      for (int64_t panel = 0; panel < panels.panelCount(); ++panel) {
        const int64_t first = panel * columns;
        panels.kernels->packPanel(panels.format, rows + first, n, 1, count,
                                  static_cast<int32_t>(std::min(columns, n - first)), panels.at(panel, depth));
      }
    }
  });
  for (int64_t panel = 0; panel < panels.panelCount(); ++panel) clearPadding(panels, panel);
}

}  // namespace

Panels planPanels(const MicroKernels& kernels, int64_t k, int64_t n, Compute compute, bool exactInBf16) {
  Panels panels;
  panels.kernels = &kernels;
  panels.k = k;
  panels.n = n;
  const bool pairs = compute == Compute::bf16 || exactInBf16;
  const bool instructions = compute == Compute::bf16 && kernels.bf16Instructions;
  panels.format = pairs ? PanelFormat::pairs : PanelFormat::wide;
  panels.kind = instructions ? ProductKind::bf16 : pairs ? ProductKind::widened : ProductKind::wide;
  panels.roundA = compute == Compute::bf16 && !instructions;
  const int64_t depth = pairs ? kernels.pairDepth : 1;
  panels.paddedK = (k + depth - 1) / depth * depth;
  return panels;
}

void fillPanels(const Panels& panels, const float* b, int64_t depthStride, int64_t columnStride, int64_t first,
                int64_t last) {
  const int64_t columns = panels.kernels->columns;
  for (int64_t panel = first; panel < last; ++panel) {
    const int64_t column = panel * columns;
    panels.kernels->packPanel(panels.format, b + column * columnStride, depthStride, columnStride, panels.k,
                              static_cast<int32_t>(std::min(columns, panels.n - column)), panels.at(panel, 0));
    clearPadding(panels, panel);
  }
}

std::unique_ptr<PackedMatrix> packWeight(const MicroKernels& kernels, ThreadPool& pool, const RowReader& weight,
                                         bool transposed, Compute compute) {
  auto packed = std::make_unique<OwnedPanels>();
  packed->k = transposed ? weight.cols : weight.rows;
  packed->n = transposed ? weight.rows : weight.cols;
  packed->compute = compute;
  packed->panels = planPanels(kernels, packed->k, packed->n, compute, weight.exactInBf16);
  packed->bytes = packed->panels.bytes();
  packed->memory = AlignedBuffer(packed->bytes);
  packed->panels.data = static_cast<char*>(packed->memory.data());
  if (packed->bytes == 0) return packed;
  if (packed->panels.data == nullptr) return nullptr;
  if (transposed) packTransposed(pool, weight, packed->panels);
  else packPlain(pool, weight, packed->panels);
  return packed;
}

}  // namespace weft::gemm
