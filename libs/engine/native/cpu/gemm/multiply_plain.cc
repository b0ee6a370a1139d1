#include <algorithm>

#include "cpu/gemm/multiply.h"
#include "cpu/gemm/partition.h"

namespace weft::gemm {
namespace {

// Up to so many columns (or rows) of C, packing the long operand costs more than it gives.
constexpr int64_t kSkinny = 16;

SkinnyCall callOf(const Gemm::Operands& o, float* c, int64_t ldc, const Gemm::Epilogue& epilogue) {
  SkinnyCall call{};
  call.m = o.m;
  call.n = o.n;
  call.k = o.k;
  call.a = {o.a, o.aTransposed ? 1 : o.lda, o.aTransposed ? o.lda : 1};
  call.b = o.b;
  call.bDepthStride = o.bTransposed ? 1 : o.ldb;
  call.bColumnStride = o.bTransposed ? o.ldb : 1;
  call.c = c;
  call.cRowStride = ldc;
  call.cColumnStride = 1;
  call.alpha = epilogue.alpha;
  call.bias = epilogue.bias;
  call.addend = epilogue.addend;
  return call;
}

// The same product with C turned: Cᵀ = Bᵀ Aᵀ.
SkinnyCall turned(const SkinnyCall& call) {
  SkinnyCall out = call;
  std::swap(out.m, out.n);
  out.a = {call.b, call.bColumnStride, call.bDepthStride};
  out.b = call.a.data;
  out.bDepthStride = call.a.depthStride;
  out.bColumnStride = call.a.rowStride;
  std::swap(out.cRowStride, out.cColumnStride);
  std::swap(out.bias, out.biasOfRows);
  return out;
}

SkinnyCall piece(const SkinnyCall& call, bool ofRows, int64_t begin, int64_t end) {
  SkinnyCall out = call;
  const int64_t cStride = ofRows ? call.cRowStride : call.cColumnStride;
  if (ofRows) {
    out.m = end - begin;
    out.a.data += begin * call.a.rowStride;
    if (call.biasOfRows != nullptr) out.biasOfRows += begin;
  } else {
    out.n = end - begin;
    out.b += begin * call.bColumnStride;
    if (call.bias != nullptr) out.bias += begin;
  }
  out.c += begin * cStride;
  if (call.addend != nullptr) out.addend += begin * cStride;
  return out;
}

void runSkinny(ThreadPool& pool, const SkinnyCall& call, void (*kernel)(const SkinnyCall&)) {
  const bool ofRows = call.m >= call.n;
  const int64_t count = ofRows ? call.m : call.n;
  const int64_t bytes = 4 * (call.m * call.k + call.k * call.n + call.m * call.n);
  // Pieces begin on multiples of this, so that vectors are whole for all but the last thread.
  const int64_t grain = isShort(2 * call.m * call.n * call.k, bytes) ? count : 48;
  pool.parallelFor(count, grain, [&](int64_t begin, int64_t end, int) { kernel(piece(call, ofRows, begin, end)); });
}

// Copies B so that its columns are contiguous along K.
SkinnyCall withTurnedB(ThreadPool& pool, const SkinnyCall& call) {
  const size_t bytes = static_cast<size_t>(call.n * call.k) * sizeof(float);
  float* out = static_cast<float*>(pool.scratch(0, ThreadPool::productPackSlot, bytes));
  for (int64_t k = 0; k < call.k; ++k) {
    for (int64_t n = 0; n < call.n; ++n) out[n * call.k + k] = call.b[k * call.bDepthStride + n * call.bColumnStride];
  }
  SkinnyCall result = call;
  result.b = out;
  result.bDepthStride = 1;
  result.bColumnStride = call.k;
  return result;
}

// Runs the product without packing where that is the better way.
bool multiplySkinny(const MicroKernels& kernels, ThreadPool& pool, const SkinnyCall& plain) {
  const bool fewColumns = plain.n <= kSkinny && plain.n <= plain.m;
  if (!fewColumns && plain.m > kSkinny) return false;
  // From here on the rows of C are the many, the columns the few.
  const SkinnyCall call = fewColumns ? plain : turned(plain);
  if (call.a.depthStride == 1) {
    runSkinny(pool, call.bDepthStride == 1 ? call : withTurnedB(pool, call), kernels.skinnyDot);
  } else {
    runSkinny(pool, turned(call), kernels.skinnyRows);
  }
  return true;
}

}  // namespace

void multiplyPlain(const MicroKernels& kernels, ThreadPool& pool, const Gemm::Operands& o, float* c, int64_t ldc,
                   const Gemm::Epilogue& epilogue) {
  if (o.m <= 0 || o.n <= 0) return;
  const SkinnyCall call = callOf(o, c, ldc, epilogue);
  if (multiplySkinny(kernels, pool, call)) return;
  Panels panels = planPanels(kernels, o.k, o.n, o.compute, false);
  panels.data = static_cast<char*>(pool.scratch(0, ThreadPool::productPackSlot, panels.bytes()));
  const int64_t grain = isShort(0, static_cast<int64_t>(panels.bytes())) ? panels.panelCount() : 1;
  pool.parallelFor(panels.panelCount(), grain, [&](int64_t begin, int64_t end, int) {
    fillPanels(panels, o.b, call.bDepthStride, call.bColumnStride, begin, end);
  });
  multiplyPanels(pool, o.m, call.a, panels, c, ldc, epilogue);
}

}  // namespace weft::gemm
