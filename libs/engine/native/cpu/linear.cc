// y[t, n] = alpha * (x[t, k] W^T + bias[n]) + addend[t, n] with W[n, k], and its gradients. y may be the addend's memory.
#include "cpu/elementwise.h"
#include "cpu/kernels.h"

namespace weft::WEFT_ISA {
namespace {

// A zero-filled product: what is left of one over no rows.
void fillZero(float* out, int64_t count) { std::fill_n(out, count, 0.0f); }

}  // namespace

Status linear(const Call& call) {
  const Tensor &x = call.inputs[0], &w = call.inputs[1], &y = call.outputs[0];
  const Tensor bias = call.inputCount > 2 ? call.inputs[2] : Tensor{};
  const Tensor addend = call.inputCount > 3 ? call.inputs[3] : Tensor{};
  const int64_t rows = x.rows, k = x.cols, n = y.cols;
  WEFT_CHECK(y.rows == rows && (bias.absent() || bias.size() == n) && (addend.absent() || addend.size() == y.size()));
  if (rows == 0 || n == 0) return Status::ok();

  Gemm::Epilogue epilogue;
  epilogue.alpha = static_cast<float>(call.attributes[0]);
  epilogue.bias = bias.f32();
  epilogue.addend = addend.f32();
  if (!bias.absent() && epilogue.alpha != 1.0f) {
    float* scaled = static_cast<float*>(call.pool.scratch(0, ThreadPool::kernelSlot, static_cast<size_t>(n) * 4));
    WEFT_CHECK(scaled != nullptr);
    for (int64_t i = 0; i < n; ++i) scaled[i] = epilogue.alpha * bias.f32()[i];
    epilogue.bias = scaled;
  }
  if (w.packed != nullptr) {
    WEFT_CHECK(w.packed->k == k && w.packed->n == n);
    call.kernels.gemm->multiplyPacked(call.pool, rows, x.f32(), k, *w.packed, y.f32(), n, epilogue);
    return Status::ok();
  }
  WEFT_CHECK(w.data != nullptr && w.rows == n && w.cols == k);
  const Gemm::Operands operands{rows, n, k, x.f32(), k, false, w.f32(), k, true, Compute::f32};
  call.kernels.gemm->multiply(call.pool, operands, y.f32(), n, epilogue);
  return Status::ok();
}

// dx[t, k] = alpha * dy[t, n] W + addend[t, k].
Status linearDx(const Call& call) {
  const Tensor &dy = call.inputs[0], &w = call.inputs[1], &dx = call.outputs[0];
  const Tensor addend = call.inputCount > 2 ? call.inputs[2] : Tensor{};
  const int64_t rows = dy.rows, n = dy.cols, k = dx.cols;
  WEFT_CHECK(dx.rows == rows && (addend.absent() || addend.size() == dx.size()));
  if (rows == 0 || k == 0) return Status::ok();

  Gemm::Epilogue epilogue;
  epilogue.alpha = static_cast<float>(call.attributes[0]);
  epilogue.addend = addend.f32();
  if (w.packedTransposed != nullptr) {
    WEFT_CHECK(w.packedTransposed->k == n && w.packedTransposed->n == k);
    call.kernels.gemm->multiplyPacked(call.pool, rows, dy.f32(), n, *w.packedTransposed, dx.f32(), k, epilogue);
    return Status::ok();
  }
  WEFT_CHECK(w.data != nullptr && w.rows == n && w.cols == k);
  const Gemm::Operands operands{rows, k, n, dy.f32(), n, false, w.f32(), k, false, Compute::f32};
  call.kernels.gemm->multiply(call.pool, operands, dx.f32(), k, epilogue);
  return Status::ok();
}

// dW[n, k] = alpha * dy[t, n]^T x[t, k].
Status linearDw(const Call& call) {
  const Tensor &dy = call.inputs[0], &x = call.inputs[1], &dw = call.outputs[0];
  const int64_t rows = dy.rows, n = dy.cols, k = x.cols;
  WEFT_CHECK(x.rows == rows && dw.rows == n && dw.cols == k);
  if (rows == 0) {
    fillZero(dw.f32(), dw.size());
    return Status::ok();
  }
  Gemm::Epilogue epilogue;
  epilogue.alpha = static_cast<float>(call.attributes[0]);
  const Gemm::Operands operands{n, k, rows, dy.f32(), n, true, x.f32(), k, false, Compute::f32};
  call.kernels.gemm->multiply(call.pool, operands, dw.f32(), k, epilogue);
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
