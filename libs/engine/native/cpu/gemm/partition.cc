#include "cpu/gemm/partition.h"

namespace weft::gemm {

// Every column part packs all its rows of A again and every row part reads all its panels again, so these costs (in
// units of one multiply-add of a whole row of a panel, measured) are weighed against the balance.
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

Part partOf(const Grid& grid, int64_t thread, int64_t m, int64_t panels) {
  const int64_t row = thread / grid.columns, column = thread % grid.columns;
  return {shareOf(m, row, grid.rows), shareOf(m, row + 1, grid.rows), shareOf(panels, column, grid.columns),
          shareOf(panels, column + 1, grid.columns)};
}

bool isShort(int64_t operations, int64_t bytes) {
  // Some microseconds on one thread, at 100 operations or 20 bytes a nanosecond.
  return operations < 400'000 && bytes < 80'000;
}

}  // namespace weft::gemm
