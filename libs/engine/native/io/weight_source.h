// One matrix of a checkpoint, read by row as fp32 straight from its mapped file, whatever it is stored as. What callers
// see are logical rows [rows, cols]; transposition and the row order of a format are undone while reading.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "cpu/gemm.h"
#include "io/mapped_file.h"
#include "io/storage_type.h"
#include "runtime/status.h"

namespace weft {

class WeightSource {
 public:
  struct Options {
    int64_t offsetBytes = 0;
    int64_t sizeBytes = 0;
    StorageType type = StorageType::f32;
    int64_t rows = 0;
    int64_t cols = 0;
    // The file holds [cols, rows].
    bool transposed = false;
    // GGUF files of the llama architecture interleave the two halves of every head in the rows of q and k: stored row
    // h d + 2 j + s is logical row h d + s d / 2 + j; of a vector (rows = 1) the same holds for its values. The number
    // of heads, or 0 where rows lie in order.
    int64_t unpermuteHeads = 0;
  };

  // Checks everything against the file, so that no later read can leave it. Trusts no field of `options`.
  static Status create(const Options& options, std::shared_ptr<const MappedFile> file,
                       std::unique_ptr<WeightSource>* source);
  // A matrix that lies in memory, row-major.
  static Status createInMemory(std::vector<float> values, int64_t rows, int64_t cols,
                               std::unique_ptr<WeightSource>* source);

  int64_t rows() const { return options_.rows; }
  int64_t cols() const { return options_.cols; }
  StorageType type() const { return options_.type; }

  // Writes rows [first, first + count) to `out`, row-major and `cols` wide. Thread-safe.
  Status readRows(int64_t first, int64_t count, float* out) const;

  // For packing: also gives pages back as reading goes on, so that few of them are ever resident. Valid as long as
  // this source is; asks only for rows that exist.
  RowReader reader() const;

  // Whether every value is a bf16. For fp32 the first call reads the values, up to the first that is none.
  bool exactInBf16() const;

  void releasePages() const;

 private:
  WeightSource(const Options& options, std::shared_ptr<const MappedFile> file, std::vector<float> values);

  // The shape as stored.
  int64_t storedRows() const { return options_.transposed ? options_.cols : options_.rows; }
  int64_t storedCols() const { return options_.transposed ? options_.rows : options_.cols; }
  int64_t storedPlaceOf(int64_t place) const;
  void readStored(int64_t row, int64_t begin, int64_t end, float* out) const;
  void readTransposed(int64_t first, int64_t count, float* out) const;
  void readPermuted(int64_t first, int64_t count, float* out) const;
  void countRead(int64_t bytes) const;
  bool scanForBf16() const;

  Options options_;
  std::shared_ptr<const MappedFile> file_;  // null where the values lie in memory
  std::vector<float> values_;
  const uint8_t* data_;
  int64_t storedRowBytes_;

  mutable std::once_flag scanned_;
  mutable bool exact_ = false;
  mutable std::atomic<int64_t> readSinceRelease_ = 0;
};

}  // namespace weft
