// y = x r w with r = 1 / sqrt(mean(x^2) + epsilon), for each group of g columns of x[t, d]; w[g], d a multiple of g.
// Gradients compute r again. Outputs may be the memory of dy, x or the addend.
#include "cpu/kernels.h"
#include "cpu/row_sums.h"

namespace weft::WEFT_ISA {
namespace {

float reciprocalRoot(const float* x, int64_t width, float epsilon) {
  Vector squares{};
  forVectors(0, width, [&](int64_t i, auto lanes) {
    const Vector v = load(x + i, lanes);
    squares += v * v;
  });
  return 1.0f / std::sqrt(sumOf(squares) / static_cast<float>(width) + epsilon);
}

}  // namespace

Status rmsNorm(const Call& call) {
  const Tensor &x = call.inputs[0], &w = call.inputs[1], &y = call.outputs[0];
  const int64_t width = w.size();
  WEFT_CHECK(width > 0 && x.cols % width == 0 && y.size() == x.size());
  const float epsilon = static_cast<float>(call.attributes[0]);
  const float* weight = w.f32();
  call.pool.parallelFor(x.size() / width, rowGrain(width), [&](int64_t begin, int64_t end, int) {
    for (int64_t group = begin; group < end; ++group) {
      const float* in = x.f32() + group * width;
      float* out = y.f32() + group * width;
      const float r = reciprocalRoot(in, width, epsilon);
      forVectors(0, width, [=](int64_t i, auto lanes) {
        store(out + i, load(in + i, lanes) * r * load(weight + i, lanes), lanes);
      });
    }
  });
  return Status::ok();
}

// dx = r (w dy - x r^2 mean(w dy x)) + addend.
Status rmsNormDx(const Call& call) {
  const Tensor &dy = call.inputs[0], &x = call.inputs[1], &w = call.inputs[2], &dx = call.outputs[0];
  const Tensor addend = call.inputCount > 3 ? call.inputs[3] : Tensor{};
  const int64_t width = w.size();
  WEFT_CHECK(width > 0 && x.cols % width == 0 && dy.size() == x.size() && dx.size() == x.size());
  WEFT_CHECK(addend.absent() || addend.size() == x.size());
  const float epsilon = static_cast<float>(call.attributes[0]);
  const float* weight = w.f32();
  call.pool.parallelFor(x.size() / width, rowGrain(width), [&](int64_t begin, int64_t end, int) {
    for (int64_t group = begin; group < end; ++group) {
      const float *d = dy.f32() + group * width, *in = x.f32() + group * width;
      const float* plus = addend.absent() ? nullptr : addend.f32() + group * width;
      float* out = dx.f32() + group * width;
      Vector squares{}, products{};
      forVectors(0, width, [&](int64_t i, auto lanes) {
        const Vector v = load(in + i, lanes);
        squares += v * v;
        products += load(d + i, lanes) * load(weight + i, lanes) * v;
      });
      const float n = static_cast<float>(width);
      const float r = 1.0f / std::sqrt(sumOf(squares) / n + epsilon);
      const float pull = r * r * r * (sumOf(products) / n);
      forVectors(0, width, [=](int64_t i, auto lanes) {
        const Vector g = load(d + i, lanes) * load(weight + i, lanes) * r - load(in + i, lanes) * pull;
        store(out + i, plus == nullptr ? g : g + load(plus + i, lanes), lanes);
      });
    }
  });
  return Status::ok();
}

// dw[g] = sum over rows and groups of dy x r.
Status rmsNormDw(const Call& call) {
  const Tensor &dy = call.inputs[0], &x = call.inputs[1];
  const int64_t width = static_cast<int64_t>(call.attributes[1]);
  WEFT_CHECK(width > 0 && x.cols % width == 0 && dy.size() == x.size() && call.outputs[0].size() == width);
  const float epsilon = static_cast<float>(call.attributes[0]);
  const float *d = dy.f32(), *in = x.f32();
  return sumRows(call.pool, x.size() / width, width, 1.0f, call.outputs[0].f32(),
                 [=](int64_t first, int64_t last, float* sums) {
                   for (int64_t at = first * width; at < last * width; at += width) {
                     const float r = reciprocalRoot(in + at, width, epsilon);
                     forVectors(0, width, [=](int64_t i, auto lanes) {
                       const Vector term = load(d + at + i, lanes) * load(in + at + i, lanes) * r;
                       store(sums + i, load(sums + i, lanes) + term, lanes);
                     });
                   }
                 });
}

}  // namespace weft::WEFT_ISA
