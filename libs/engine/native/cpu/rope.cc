// Rotary position embedding in the half-rotated layout: of each head's first 2 f dims, i and i + f turn together by
// position * frequency[i]; dims beyond 2 f stay.
#include <cmath>

#include "cpu/elementwise.h"
#include "cpu/kernels.h"

namespace weft::WEFT_ISA {

// table[t, 2 f] = scaling * (cos of all f angles, sin of all f angles). Angles are taken in double: at positions of
// some thousands an fp32 angle is off by 1e-4.
Status ropeTable(const Call& call) {
  const Tensor &positions = call.inputs[0], &frequencies = call.inputs[1], &table = call.outputs[0];
  const int64_t tokens = positions.size(), f = frequencies.size();
  WEFT_CHECK(table.size() == tokens * 2 * f);
  const double scaling = call.attributes[0];
  call.pool.parallelFor(tokens, std::max<int64_t>(1, 256 / std::max<int64_t>(1, f)), [&](int64_t begin, int64_t end, int) {
    for (int64_t token = begin; token < end; ++token) {
      float* row = table.f32() + token * 2 * f;
      const double position = positions.i32()[token];
      for (int64_t i = 0; i < f; ++i) {
        const double angle = position * static_cast<double>(frequencies.f32()[i]);
        row[i] = static_cast<float>(scaling * std::cos(angle));
        row[f + i] = static_cast<float>(scaling * std::sin(angle));
      }
    }
  });
  return Status::ok();
}

// x[t, heads * headDim], table[t, 2 f]; y may be x's memory. `inverse` turns back.
Status rope(const Call& call) {
  const Tensor &x = call.inputs[0], &table = call.inputs[1], &y = call.outputs[0];
  const int64_t headDim = static_cast<int64_t>(call.attributes[0]), f = table.cols / 2;
  const float direction = call.attributes[1] != 0.0 ? -1.0f : 1.0f;
  WEFT_CHECK(headDim > 0 && x.cols % headDim == 0 && 2 * f <= headDim);
  WEFT_CHECK(y.size() == x.size() && table.rows == x.rows);
  call.pool.parallelFor(x.rows, rowGrain(x.cols), [&](int64_t begin, int64_t end, int) {
    for (int64_t token = begin; token < end; ++token) {
      const float* cosine = table.f32() + token * 2 * f;
      const float* sine = cosine + f;
      for (int64_t at = token * x.cols; at < (token + 1) * x.cols; at += headDim) {
        const float* in = x.f32() + at;
        float* out = y.f32() + at;
        forVectors(0, f, [=](int64_t i, auto lanes) {
          const Vector a = load(in + i, lanes), b = load(in + f + i, lanes);
          const Vector c = load(cosine + i, lanes), s = load(sine + i, lanes) * direction;
          store(out + i, a * c - b * s, lanes);
          store(out + f + i, b * c + a * s, lanes);
        });
        if (out != in) std::copy(in + 2 * f, in + headDim, out + 2 * f);
      }
    }
  });
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
