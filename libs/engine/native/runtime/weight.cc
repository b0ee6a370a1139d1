#include "runtime/weight.h"

namespace weft {

Status Weight::prepare(WeightForm form, Compute compute, ThreadPool& pool, const Gemm& gemm) {
  if (form == WeightForm::source) return Status::ok();
  if (form == WeightForm::dense) {
    if (!dense_.empty()) return Status::ok();
    dense_.resize(static_cast<size_t>(source_->rows() * source_->cols()));
    return source_->readRows(0, source_->rows(), dense_.data());
  }
  auto& pack = packs_[static_cast<int>(compute)][static_cast<int>(form)];
  if (pack != nullptr) return Status::ok();
  pack = gemm.pack(pool, source_->reader(), form == WeightForm::packed, compute);
  if (pack == nullptr) {
    return Status::error("no memory for a packed weight of " + std::to_string(source_->rows()) + " x " +
                         std::to_string(source_->cols()));
  }
  source_->releasePages();
  return Status::ok();
}

Tensor Weight::tensor(Compute compute) const {
  const auto& packs = packs_[static_cast<int>(compute)];
  Tensor tensor;
  tensor.data = dense_.empty() ? nullptr : const_cast<float*>(dense_.data());
  tensor.rows = source_->rows();
  tensor.cols = source_->cols();
  tensor.packed = packs[static_cast<int>(WeightForm::packed)].get();
  tensor.packedTransposed = packs[static_cast<int>(WeightForm::packedTransposed)].get();
  tensor.source = source_.get();
  return tensor;
}

size_t Weight::bytes() const {
  size_t total = dense_.size() * sizeof(float);
  for (const auto& packs : packs_) {
    for (const auto& pack : packs) total += pack == nullptr ? 0 : pack->bytes;
  }
  return total;
}

}  // namespace weft
