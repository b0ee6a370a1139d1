// Ops that treat the columns of x[t, n] apart.
#include <cstring>

#include "cpu/kernels.h"
#include "cpu/row_sums.h"

namespace weft::WEFT_ISA {

// sum[n] = alpha * sum over rows of dy[t, n].
Status columnSum(const Call& call) {
  const Tensor& dy = call.inputs[0];
  const int64_t n = dy.cols;
  WEFT_CHECK(call.outputs[0].size() == n);
  const float* in = dy.f32();
  return sumRows(call.pool, dy.rows, n, static_cast<float>(call.attributes[0]), call.outputs[0].f32(),
                 [=](int64_t first, int64_t last, float* sums) {
                   for (int64_t row = first; row < last; ++row) {
                     forVectors(0, n, [=](int64_t i, auto lanes) {
                       store(sums + i, load(sums + i, lanes) + load(in + row * n + i, lanes), lanes);
                     });
                   }
                 });
}

// dot[n] = sum over rows of dy[t, n] * x[t, n].
Status columnDot(const Call& call) {
  const Tensor &dy = call.inputs[0], &x = call.inputs[1];
  const int64_t n = dy.cols;
  WEFT_CHECK(x.size() == dy.size() && call.outputs[0].size() == n);
  const float *a = dy.f32(), *b = x.f32();
  return sumRows(call.pool, dy.rows, n, 1.0f, call.outputs[0].f32(), [=](int64_t first, int64_t last, float* sums) {
    for (int64_t row = first; row < last; ++row) {
      forVectors(0, n, [=](int64_t i, auto lanes) {
        store(sums + i, load(sums + i, lanes) + load(a + row * n + i, lanes) * load(b + row * n + i, lanes), lanes);
      });
    }
  });
}

// y = x[t, n] * s[n]; y may be x's memory.
Status scaleColumns(const Call& call) {
  const Tensor &x = call.inputs[0], &s = call.inputs[1], &y = call.outputs[0];
  const int64_t n = x.cols;
  WEFT_CHECK(s.size() == n && y.size() == x.size());
  const float *in = x.f32(), *factor = s.f32();
  float* out = y.f32();
  call.pool.parallelFor(x.rows, rowGrain(n), [=](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      forVectors(0, n, [=](int64_t i, auto lanes) {
        store(out + row * n + i, load(in + row * n + i, lanes) * load(factor + i, lanes), lanes);
      });
    }
  });
  return Status::ok();
}

// y[t, width] = x[t, start : start + width].
Status sliceColumns(const Call& call) {
  const Tensor &x = call.inputs[0], &y = call.outputs[0];
  const int64_t start = static_cast<int64_t>(call.attributes[0]), width = static_cast<int64_t>(call.attributes[1]);
  WEFT_CHECK(start >= 0 && width >= 0 && start + width <= x.cols && y.cols == width && y.rows == x.rows);
  call.pool.parallelFor(x.rows, rowGrain(width), [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      std::copy_n(x.f32() + row * x.cols + start, width, y.f32() + row * width);
    }
  });
  return Status::ok();
}

// y[t, total] = dy[t, width] from column `start`, zero elsewhere.
Status padColumns(const Call& call) {
  const Tensor &dy = call.inputs[0], &y = call.outputs[0];
  const int64_t start = static_cast<int64_t>(call.attributes[0]), total = static_cast<int64_t>(call.attributes[1]);
  const int64_t width = dy.cols, end = start + width;
  WEFT_CHECK(start >= 0 && end <= total && y.cols == total && y.rows == dy.rows);
  call.pool.parallelFor(dy.rows, rowGrain(total), [&](int64_t firstRow, int64_t lastRow, int) {
    for (int64_t row = firstRow; row < lastRow; ++row) {
      float* out = y.f32() + row * total;
      std::fill_n(out, start, 0.0f);
      std::copy_n(dy.f32() + row * width, width, out + start);
      std::fill_n(out + end, total - end, 0.0f);
    }
  });
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
