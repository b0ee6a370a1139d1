// Ops that pick and place whole rows by index.
#include <string>

#include "cpu/elementwise.h"
#include "cpu/kernels.h"
#include "io/weight_source.h"

namespace weft::WEFT_ISA {
namespace {

Status checkIndices(const Tensor& indices, int64_t rows, const char* what) {
  for (int64_t i = 0; i < indices.size(); ++i) {
    const int32_t index = indices.i32()[i];
    if (index < 0 || index >= rows) {
      return Status::error(std::string(what) + " " + std::to_string(index) + " at " + std::to_string(i) +
                           " lies outside of 0 to " + std::to_string(rows - 1));
    }
  }
  return Status::ok();
}

void copyRows(ThreadPool& pool, const float* table, const Tensor& indices, const Tensor& y) {
  const int64_t width = y.cols;
  pool.parallelFor(indices.size(), rowGrain(width), [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) std::copy_n(table + indices.i32()[i] * width, width, y.f32() + i * width);
  });
}

Status readRows(ThreadPool& pool, const WeightSource& source, const Tensor& ids, const Tensor& y) {
  std::vector<Status> statuses(static_cast<size_t>(pool.threads()));
  pool.parallelFor(ids.size(), rowGrain(y.cols), [&](int64_t begin, int64_t end, int thread) {
    Status& status = statuses[static_cast<size_t>(thread)];
    for (int64_t i = begin; i < end && status.isOk(); ++i) {
      status = source.readRows(ids.i32()[i], 1, y.f32() + i * y.cols);
    }
  });
  for (Status& status : statuses) {
    if (!status.isOk()) return std::move(status);
  }
  return Status::ok();
}

// out[rows, d] = 0, then out[indices[i]] += dy[i] in the order of i. Threads share columns, not rows, so that the order
// of sums never depends on them.
void addRows(ThreadPool& pool, const Tensor& dy, const Tensor& indices, const Tensor& out) {
  const int64_t width = out.cols;
  pool.parallelFor(out.size(), kElementGrain,
                   [&](int64_t begin, int64_t end, int) { std::fill(out.f32() + begin, out.f32() + end, 0.0f); });
  const int64_t columnGrain = std::max<int64_t>(16, kElementGrain / std::max<int64_t>(1, indices.size()) / 16 * 16);
  pool.parallelFor(width, columnGrain, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = 0; i < indices.size(); ++i) {
      const float* from = dy.f32() + i * width;
      float* to = out.f32() + indices.i32()[i] * width;
      forVectors(begin, end, [=](int64_t c, auto lanes) { store(to + c, load(to + c, lanes) + load(from + c, lanes), lanes); });
    }
  });
}

}  // namespace

// y[t, d] = table[ids[t]]; the table is dense fp32 or read by row from its file.
Status embedding(const Call& call) {
  const Tensor &table = call.inputs[0], &ids = call.inputs[1], &y = call.outputs[0];
  WEFT_CHECK(y.rows == ids.size() && y.cols == table.cols);
  if (Status status = checkIndices(ids, table.rows, "token id"); !status.isOk()) return status;
  if (table.data != nullptr) {
    copyRows(call.pool, table.f32(), ids, y);
    return Status::ok();
  }
  WEFT_CHECK(table.source != nullptr && table.source->cols() == y.cols);
  return readRows(call.pool, *table.source, ids, y);
}

// dTable[V, d] = 0, then dTable[ids[i]] += dy[i].
Status embeddingGrad(const Call& call) {
  const Tensor &dy = call.inputs[0], &ids = call.inputs[1], &out = call.outputs[0];
  WEFT_CHECK(dy.rows == ids.size() && dy.cols == out.cols);
  if (Status status = checkIndices(ids, out.rows, "token id"); !status.isOk()) return status;
  addRows(call.pool, dy, ids, out);
  return Status::ok();
}

// y[l, d] = x[rows[l]].
Status gatherRows(const Call& call) {
  const Tensor &x = call.inputs[0], &rows = call.inputs[1], &y = call.outputs[0];
  WEFT_CHECK(y.rows == rows.size() && y.cols == x.cols);
  if (Status status = checkIndices(rows, x.rows, "row"); !status.isOk()) return status;
  copyRows(call.pool, x.f32(), rows, y);
  return Status::ok();
}

// y[t, d] = 0, then y[rows[i]] += dy[i].
Status scatterRows(const Call& call) {
  const Tensor &dy = call.inputs[0], &rows = call.inputs[1], &y = call.outputs[0];
  WEFT_CHECK(dy.rows == rows.size() && dy.cols == y.cols);
  if (Status status = checkIndices(rows, y.rows, "row"); !status.isOk()) return status;
  addRows(call.pool, dy, rows, y);
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
