// y = h w + bias with h = (x - mean) / sqrt(variance + epsilon) over each row of x[t, d]. The variance is taken around
// the mean in a second pass, since mean(x^2) - mean(x)^2 cancels. Outputs may be the memory of dy, x or the addend.
#include "cpu/kernels.h"
#include "cpu/row_sums.h"

namespace weft::WEFT_ISA {
namespace {

struct Moments {
  float mean;
  float r;  // 1 / sqrt(variance + epsilon)
};

Moments momentsOf(const float* x, int64_t width, float epsilon) {
  const float n = static_cast<float>(width);
  Vector sum{}, squares{};
  forVectors(0, width, [&](int64_t i, auto lanes) { sum += load(x + i, lanes); });
  const float mean = sumOf(sum) / n;
  int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) {
    const Vector v = load(x + i) - mean;
    squares += v * v;
  }
  float tail = 0.0f;
  for (; i < width; ++i) tail += (x[i] - mean) * (x[i] - mean);
  return {mean, 1.0f / std::sqrt((sumOf(squares) + tail) / n + epsilon)};
}

}  // namespace

Status layerNorm(const Call& call) {
  const Tensor &x = call.inputs[0], &w = call.inputs[1], &bias = call.inputs[2], &y = call.outputs[0];
  const int64_t width = x.cols;
  WEFT_CHECK(w.size() == width && bias.size() == width && y.size() == x.size());
  const float epsilon = static_cast<float>(call.attributes[0]);
  const float *weight = w.f32(), *shift = bias.f32();
  call.pool.parallelFor(x.rows, rowGrain(width), [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      const float* in = x.f32() + row * width;
      float* out = y.f32() + row * width;
      const Moments moments = momentsOf(in, width, epsilon);
      forVectors(0, width, [=](int64_t i, auto lanes) {
        const Vector h = (load(in + i, lanes) - moments.mean) * moments.r;
        store(out + i, h * load(weight + i, lanes) + load(shift + i, lanes), lanes);
      });
    }
  });
  return Status::ok();
}

// dx = r (w dy - mean(w dy) - h mean(w dy h)) + addend.
Status layerNormDx(const Call& call) {
  const Tensor &dy = call.inputs[0], &x = call.inputs[1], &w = call.inputs[2], &dx = call.outputs[0];
  const Tensor addend = call.inputCount > 3 ? call.inputs[3] : Tensor{};
  const int64_t width = x.cols;
  WEFT_CHECK(w.size() == width && dy.size() == x.size() && dx.size() == x.size());
  WEFT_CHECK(addend.absent() || addend.size() == x.size());
  const float epsilon = static_cast<float>(call.attributes[0]);
  const float* weight = w.f32();
  call.pool.parallelFor(x.rows, rowGrain(width), [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      const float *d = dy.f32() + row * width, *in = x.f32() + row * width;
      const float* plus = addend.absent() ? nullptr : addend.f32() + row * width;
      float* out = dx.f32() + row * width;
      const Moments moments = momentsOf(in, width, epsilon);
      Vector sum{}, products{};
      // Lanes beyond the row carry a zero gradient, so their h does not count.
      forVectors(0, width, [&](int64_t i, auto lanes) {
        const Vector g = load(d + i, lanes) * load(weight + i, lanes);
        sum += g;
        products += g * ((load(in + i, lanes) - moments.mean) * moments.r);
      });
      const float n = static_cast<float>(width);
      const float meanGradient = sumOf(sum) / n, pull = sumOf(products) / n;
      forVectors(0, width, [=](int64_t i, auto lanes) {
        const Vector h = (load(in + i, lanes) - moments.mean) * moments.r;
        const Vector g = moments.r * (load(d + i, lanes) * load(weight + i, lanes) - meanGradient - h * pull);
        store(out + i, plus == nullptr ? g : g + load(plus + i, lanes), lanes);
      });
    }
  });
  return Status::ok();
}

// dw[d] = sum over rows of dy h.
Status layerNormDw(const Call& call) {
  const Tensor &dy = call.inputs[0], &x = call.inputs[1];
  const int64_t width = x.cols;
  WEFT_CHECK(dy.size() == x.size() && call.outputs[0].size() == width);
  const float epsilon = static_cast<float>(call.attributes[0]);
  const float *d = dy.f32(), *in = x.f32();
  return sumRows(call.pool, x.rows, width, 1.0f, call.outputs[0].f32(), [=](int64_t first, int64_t last, float* sums) {
    for (int64_t at = first * width; at < last * width; at += width) {
      const Moments moments = momentsOf(in + at, width, epsilon);
      forVectors(0, width, [=](int64_t i, auto lanes) {
        const Vector h = (load(in + at + i, lanes) - moments.mean) * moments.r;
        store(sums + i, load(sums + i, lanes) + load(d + at + i, lanes) * h, lanes);
      });
    }
  });
}

}  // namespace weft::WEFT_ISA
