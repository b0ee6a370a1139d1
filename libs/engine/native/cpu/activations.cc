// Ops on each element alone, all shapes [rows, cols], outputs may be the memory of an input.
#include "cpu/elementwise.h"
#include "cpu/kernels.h"

namespace weft::WEFT_ISA {
namespace {

// u(x) = sqrt(2 / pi) (x + 0.044715 x^3); gelu_tanh(x) = x (1 + tanh u) / 2 = x sigmoid(2 u).
constexpr float kTwoRootTwoOverPi = 1.59576912f;
constexpr float kCubic = 0.044715f;

Vector geluGate(Vector x) { return sigmoid(kTwoRootTwoOverPi * (x + kCubic * x * x * x)); }

bool sameSize(const Call& call) {
  const int64_t size = call.inputs[0].size();
  for (int32_t i = 0; i < call.inputCount; ++i) {
    if (call.inputs[i].size() != size) return false;
  }
  for (int32_t i = 0; i < call.outputCount; ++i) {
    if (call.outputs[i].size() != size) return false;
  }
  return true;
}

}  // namespace

Status add(const Call& call) {
  WEFT_CHECK(call.inputCount == 2 && call.outputCount == 1 && sameSize(call));
  const float* a = call.inputs[0].f32();
  const float* b = call.inputs[1].f32();
  float* y = call.outputs[0].f32();
  parallelVectors(call.pool, call.inputs[0].size(),
                  [=](int64_t i, auto lanes) { store(y + i, load(a + i, lanes) + load(b + i, lanes), lanes); });
  return Status::ok();
}

// accumulator += gradient.
Status accumulate(const Call& call) {
  WEFT_CHECK(call.inputCount == 2 && sameSize(call));
  float* sum = call.inputs[0].f32();
  const float* term = call.inputs[1].f32();
  parallelVectors(call.pool, call.inputs[0].size(),
                  [=](int64_t i, auto lanes) { store(sum + i, load(sum + i, lanes) + load(term + i, lanes), lanes); });
  return Status::ok();
}

Status siluMul(const Call& call) {
  WEFT_CHECK(call.inputCount == 2 && call.outputCount == 1 && sameSize(call));
  const float* gate = call.inputs[0].f32();
  const float* up = call.inputs[1].f32();
  float* y = call.outputs[0].f32();
  parallelVectors(call.pool, call.inputs[0].size(), [=](int64_t i, auto lanes) {
    const Vector g = load(gate + i, lanes);
    store(y + i, g * sigmoid(g) * load(up + i, lanes), lanes);
  });
  return Status::ok();
}

// silu'(g) = s (1 + g (1 - s)) with s = sigmoid(g).
Status siluMulGrad(const Call& call) {
  WEFT_CHECK(call.inputCount == 3 && call.outputCount == 2 && sameSize(call));
  const float* dy = call.inputs[0].f32();
  const float* gate = call.inputs[1].f32();
  const float* up = call.inputs[2].f32();
  float* dGate = call.outputs[0].f32();
  float* dUp = call.outputs[1].f32();
  parallelVectors(call.pool, call.inputs[0].size(), [=](int64_t i, auto lanes) {
    const Vector g = load(gate + i, lanes), u = load(up + i, lanes), d = load(dy + i, lanes);
    const Vector s = sigmoid(g);
    store(dGate + i, d * u * s * (1.0f + g * (1.0f - s)), lanes);
    store(dUp + i, d * g * s, lanes);
  });
  return Status::ok();
}

Status geluTanh(const Call& call) {
  WEFT_CHECK(call.inputCount == 1 && call.outputCount == 1 && sameSize(call));
  const float* x = call.inputs[0].f32();
  float* y = call.outputs[0].f32();
  parallelVectors(call.pool, call.inputs[0].size(), [=](int64_t i, auto lanes) {
    const Vector v = load(x + i, lanes);
    store(y + i, v * geluGate(v), lanes);
  });
  return Status::ok();
}

// d (x s) / dx = s + x s (1 - s) 2 u'(x) with s = sigmoid(2 u).
Status geluTanhGrad(const Call& call) {
  WEFT_CHECK(call.inputCount == 2 && call.outputCount == 1 && sameSize(call));
  const float* dy = call.inputs[0].f32();
  const float* x = call.inputs[1].f32();
  float* dx = call.outputs[0].f32();
  parallelVectors(call.pool, call.inputs[0].size(), [=](int64_t i, auto lanes) {
    const Vector v = load(x + i, lanes);
    const Vector s = geluGate(v);
    const Vector slope = kTwoRootTwoOverPi * (1.0f + 3.0f * kCubic * v * v);
    store(dx + i, load(dy + i, lanes) * (s + v * s * (1.0f - s) * slope), lanes);
  });
  return Status::ok();
}

Status tanh(const Call& call) {
  WEFT_CHECK(call.inputCount == 1 && call.outputCount == 1 && sameSize(call));
  const float* x = call.inputs[0].f32();
  float* y = call.outputs[0].f32();
  parallelVectors(call.pool, call.inputs[0].size(),
                  [=](int64_t i, auto lanes) { store(y + i, hyperbolicTangent(load(x + i, lanes)), lanes); });
  return Status::ok();
}

Status tanhGrad(const Call& call) {
  WEFT_CHECK(call.inputCount == 2 && call.outputCount == 1 && sameSize(call));
  const float* dy = call.inputs[0].f32();
  const float* y = call.inputs[1].f32();
  float* dx = call.outputs[0].f32();
  parallelVectors(call.pool, call.inputs[0].size(), [=](int64_t i, auto lanes) {
    const Vector t = load(y + i, lanes);
    store(dx + i, load(dy + i, lanes) * (1.0f - t * t), lanes);
  });
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
