#include "cpu/gemm/partition.h"

namespace weft::gemm {

namespace {

// Parts per thread: the more, the better threads of unequal speed share the work. But every part of rows reads B anew
// and every part of columns packs A anew, so parts stay large enough for that not to show.
constexpr int64_t kPartsPerThread = 4;
constexpr int64_t kRowsOfPart = 56;
constexpr int64_t kPanelsOfPart = 16;

int64_t partsOf(int64_t threads, int64_t size, int64_t least) {
  for (int64_t perThread = kPartsPerThread; perThread > 1; perThread /= 2) {
    if (size / (threads * perThread) >= least) return threads * perThread;
  }
  return threads;
}

}  // namespace

// The costs of packing A and of reading B (in units of one multiply-add of a whole row of a panel, measured) are
// weighed against the balance.
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
  if (best.columns == 1) return {partsOf(best.rows, m, kRowsOfPart), 1};
  return {best.rows, partsOf(best.columns, b.panelCount(), kPanelsOfPart)};
}

Part partOf(const Grid& grid, int64_t part, int64_t m, int64_t panels) {
  const int64_t row = part / grid.columns, column = part % grid.columns;
  return {shareOf(m, row, grid.rows), shareOf(m, row + 1, grid.rows), shareOf(panels, column, grid.columns),
          shareOf(panels, column + 1, grid.columns)};
}

bool isShort(int64_t operations, int64_t bytes) {
  // Some microseconds on one thread, at 100 operations or 20 bytes a nanosecond.
  return operations < 400'000 && bytes < 80'000;
}

}  // namespace weft::gemm
