// A frozen weight in the forms that kernels read: packed for products, dense for small vectors, by row for tables.
// Forms are made when first needed and shared by all sessions.
#pragma once

#include <memory>
#include <vector>

#include "cpu/gemm.h"
#include "io/weight_source.h"
#include "runtime/status.h"
#include "runtime/tensor.h"

namespace weft {

enum class WeightForm : int32_t { packed, packedTransposed, dense, source };

class Weight {
 public:
  explicit Weight(std::unique_ptr<WeightSource> source) : source_(std::move(source)) {}

  const WeightSource& source() const { return *source_; }

  // Not thread-safe: the runtime compiles one session at a time.
  Status prepare(WeightForm form, Compute compute, ThreadPool& pool, const Gemm& gemm);

  // The forms made so far for `compute`.
  Tensor tensor(Compute compute) const;

  // Memory that the forms hold, in bytes.
  size_t bytes() const;

 private:
  std::unique_ptr<WeightSource> source_;
  // By [compute][form: packed, packedTransposed].
  std::unique_ptr<PackedMatrix> packs_[2][2];
  std::vector<float> dense_;
};

}  // namespace weft
