// Sums over rows that give the same bits on any number of threads: rows are summed in blocks of a fixed size, and the
// blocks' sums in order.
#pragma once

#include "cpu/elementwise.h"

namespace weft::WEFT_ISA {

constexpr int64_t kRowBlock = 64;

// out[width] = factor * sum over blocks of what body(firstRow, lastRow, sums) adds to its zero-filled sums[width].
template <typename Body>
static inline Status sumRows(ThreadPool& pool, int64_t rows, int64_t width, float factor, float* out, const Body& body) {
  const int64_t blocks = (rows + kRowBlock - 1) / kRowBlock;
  if (blocks == 0) {
    std::fill_n(out, width, 0.0f);
    return Status::ok();
  }
  float* sums = static_cast<float*>(pool.sharedScratch(static_cast<size_t>(blocks * width) * sizeof(float)));
  WEFT_CHECK(sums != nullptr || width == 0);
  pool.parallelFor(blocks, std::max<int64_t>(1, kElementGrain / (kRowBlock * std::max<int64_t>(1, width))),
                   [&](int64_t begin, int64_t end, int) {
                     for (int64_t block = begin; block < end; ++block) {
                       float* blockSums = sums + block * width;
                       std::fill_n(blockSums, width, 0.0f);
                       body(block * kRowBlock, std::min(rows, (block + 1) * kRowBlock), blockSums);
                     }
                   });
  parallelVectors(pool, width, [&](int64_t i, auto lanes) {
    Vector total{};
    for (int64_t block = 0; block < blocks; ++block) total += load(sums + block * width + i, lanes);
    store(out + i, total * factor, lanes);
  });
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
