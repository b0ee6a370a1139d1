// The optimizer's step and the norm it clips by, over flat arrays [n].
#include "cpu/elementwise.h"
#include "cpu/kernels.h"

namespace weft::WEFT_ISA {
namespace {

constexpr int64_t kNormBlock = 8192;

double squaresOf(const float* x, int64_t count) {
  constexpr int64_t sums = 16;
  double sum[sums] = {};
  int64_t i = 0;
  for (; i + sums <= count; i += sums) {
    for (int64_t j = 0; j < sums; ++j) {
      const double v = static_cast<double>(x[i + j]);
      sum[j] += v * v;
    }
  }
  for (; i < count; ++i) sum[0] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  double total = 0;
  for (const double part : sum) total += part;
  return total;
}

}  // namespace

// out[1] = sum of g^2, in float64; blocks of a fixed size are summed in order, whatever the number of threads.
Status squaredNorm(const Call& call) {
  const Tensor& g = call.inputs[0];
  const int64_t count = g.size(), blocks = (count + kNormBlock - 1) / kNormBlock;
  WEFT_CHECK(call.outputs[0].size() == 1);
  double* sums = static_cast<double*>(call.pool.sharedScratch(static_cast<size_t>(blocks) * sizeof(double)));
  WEFT_CHECK(sums != nullptr || blocks == 0);
  call.pool.parallelFor(blocks, 4, [&](int64_t begin, int64_t end, int) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * kNormBlock;
      sums[block] = squaresOf(g.f32() + first, std::min(kNormBlock, count - first));
    }
  });
  double total = 0;
  for (int64_t block = 0; block < blocks; ++block) total += sums[block];
  *call.outputs[0].f32() = static_cast<float>(total);
  return Status::ok();
}

// Loshchilov and Hutter 2019, algorithm 2, with g = gradientScale * gradient:
//   m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
//   p = p (1 - learningRate weightDecay) - learningRate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
// The gradient is zeroed.
Status adamw(const Call& call) {
  WEFT_CHECK(call.inputCount == 5 && call.inputs[4].size() == 8);
  const int64_t count = call.inputs[0].size();
  for (int i = 1; i < 4; ++i) WEFT_CHECK(call.inputs[i].size() == count);
  float *p = call.inputs[0].f32(), *g = call.inputs[1].f32(), *m = call.inputs[2].f32(), *v = call.inputs[3].f32();
  const float* hyper = call.inputs[4].f32();
  const float learningRate = hyper[0], beta1 = hyper[1], beta2 = hyper[2], epsilon = hyper[3], scale = hyper[7];
  const float keep = 1.0f - learningRate * hyper[4];
  const float step = static_cast<float>(static_cast<double>(learningRate) / static_cast<double>(hyper[5]));
  const float correction = static_cast<float>(1.0 / std::sqrt(static_cast<double>(hyper[6])));
  parallelVectors(call.pool, count, [=](int64_t i, auto lanes) {
    const Vector gradient = load(g + i, lanes) * scale;
    const Vector first = load(m + i, lanes) * beta1 + gradient * (1.0f - beta1);
    const Vector second = load(v + i, lanes) * beta2 + gradient * gradient * (1.0f - beta2);
    const Vector parameter = load(p + i, lanes) * keep - step * first / (squareRoot(second) * correction + epsilon);
    store(p + i, parameter, lanes);
    store(m + i, first, lanes);
    store(v + i, second, lanes);
    store(g + i, Vector{}, lanes);
  });
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
