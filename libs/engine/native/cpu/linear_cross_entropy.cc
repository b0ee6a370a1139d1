// The head's product, softmax and cross-entropy over labelled rows h[l, d] and W[V, d], some rows at a time, so that no
// [l, V] ever exists: loss = lossScale * sum(-log p(target)), log p(target) per row, and the gradients dh = (p - onehot)
// W lossScale and dW = (p - onehot)^T h lossScale of the same block while it is at hand.
//
// A block's logits x are overwritten by e = exp(x - max) - (sum at the target), the row's sum being left out: the
// gradient is e * lossScale / sum, and that factor is applied to the narrow side, dh or h.
//
// An adapted head adds u[l, r] B[V, r]^T to the logits and has the gradients du and dB in the same way.
#include <string>

#include "cpu/elementwise.h"
#include "cpu/kernels.h"

namespace weft::WEFT_ISA {
namespace {

// More rows reuse W better; the block must not grow beyond what the rest of a run takes anyway.
constexpr int64_t kMostRows = 128;
constexpr int64_t kMostBytes = int64_t{64} << 20;
constexpr int64_t kLeastRows = 16;

struct Problem {
  int64_t labels, width, vocabulary;
  const float* h;
  const Tensor* w;
  const int32_t* targets;
  float lossScale;
  float* logProbabilities;
  float* dh;  // null where not asked for
  float* dw;
  // The adapter of the head; null where there is none.
  const float* u;
  const float* b;
  int64_t rank;
  float* du;
  float* db;
};

int64_t rowsOfBlock(const Problem& problem) {
  const int64_t fitting = kMostBytes / static_cast<int64_t>(sizeof(float)) / problem.vocabulary;
  const int64_t most = std::clamp(fitting, kLeastRows, kMostRows);
  const int64_t blocks = (problem.labels + most - 1) / most;
  return (problem.labels + blocks - 1) / blocks;
}

struct Block {
  int64_t first, rows;
  float* logits;   // [rows, V]
  float* factors;  // [rows]: lossScale / sum
  float* scaled;   // [rows, d or r]: h or u times factors, for dW or dB
};

// Vectors that a row's loops keep in flight, so that no sum waits for the one before.
constexpr int64_t kSums = 4;

float maximum(const float* x, int64_t count) {
  constexpr int64_t step = kSums * kLanes;
  Vector most[kSums];
  for (Vector& m : most) m = splat(-INFINITY);
  int64_t i = 0;
  for (; i + step <= count; i += step) {
    for (int64_t s = 0; s < kSums; ++s) most[s] = atLeast(load(x + i + s * kLanes), most[s]);
  }
  for (int64_t s = 1; s < kSums; ++s) most[0] = atLeast(most[s], most[0]);
  float result = maxOf(most[0]);
  for (; i < count; ++i) result = x[i] > result ? x[i] : result;
  return result;
}

// Sum of e^(x - shift); with `keep`, x becomes that power.
template <bool keep>
float sumOfPowers(float* x, int64_t count, float shift) {
  constexpr int64_t step = kSums * kLanes;
  Vector sum[kSums] = {};
  int64_t i = 0;
  for (; i + step <= count; i += step) {
    for (int64_t s = 0; s < kSums; ++s) {
      const Vector power = exponential2((load(x + i + s * kLanes) - shift) * kLog2E);
      if constexpr (keep) store(x + i + s * kLanes, power);
      sum[s] += power;
    }
  }
  for (; i < count; i += kLanes) {
    const int64_t rest = std::min<int64_t>(kLanes, count - i);
    const Vector power = exponential2((loadPart(x + i, rest) - shift) * kLog2E);
    float lanes[kLanes] = {};
    storePart(lanes, power, rest);
    if constexpr (keep) storePart(x + i, power, rest);
    sum[0] += load(lanes);
  }
  return sumOf((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

void softmaxRow(const Problem& problem, const Block& block, int64_t row) {
  float* x = block.logits + row * problem.vocabulary;
  const int32_t target = problem.targets[block.first + row];
  const bool gradient = problem.dh != nullptr || problem.dw != nullptr;
  const float targetLogit = x[target];
  const float most = maximum(x, problem.vocabulary);
  const float sum = gradient ? sumOfPowers<true>(x, problem.vocabulary, most)
                             : sumOfPowers<false>(x, problem.vocabulary, most);
  const double logSum = std::log(static_cast<double>(sum));
  problem.logProbabilities[block.first + row] =
      static_cast<float>(static_cast<double>(targetLogit) - static_cast<double>(most) - logSum);
  if (!gradient) return;
  x[target] -= sum;
  block.factors[row] = problem.lossScale / sum;
}

void scaleRows(const float* in, const Block& block, int64_t width, float* out) {
  for (int64_t row = 0; row < block.rows; ++row) {
    const float factor = block.factors[row];
    forVectors(row * width, (row + 1) * width, [=](int64_t i, auto lanes) { store(out + i, load(in + i, lanes) * factor, lanes); });
  }
}

void computeLogits(const Call& call, const Problem& problem, const Block& block) {
  const float* h = problem.h + block.first * problem.width;
  const int64_t width = problem.width, vocabulary = problem.vocabulary;
  const Gemm& gemm = *call.kernels.gemm;
  if (problem.w->packed != nullptr) {
    gemm.multiplyPacked(call.pool, block.rows, h, width, *problem.w->packed, block.logits, vocabulary, {});
    return;
  }
  const Gemm::Operands operands{block.rows, vocabulary, width, h, width, false, problem.w->f32(), width, true, Compute::f32};
  gemm.multiply(call.pool, operands, block.logits, vocabulary, {});
}

void addLowRankLogits(const Call& call, const Problem& problem, const Block& block) {
  Gemm::Epilogue epilogue;
  epilogue.addend = block.logits;
  const Gemm::Operands operands{block.rows, problem.vocabulary, problem.rank, problem.u + block.first * problem.rank,
                                problem.rank, false, problem.b, problem.rank, true, Compute::f32};
  call.kernels.gemm->multiply(call.pool, operands, block.logits, problem.vocabulary, epilogue);
}

void computeLowRankGradients(const Call& call, const Problem& problem, const Block& block) {
  const int64_t rank = problem.rank, vocabulary = problem.vocabulary;
  float* du = problem.du + block.first * rank;
  const Gemm::Operands inner{block.rows, rank, vocabulary, block.logits, vocabulary, false, problem.b, rank, false, Compute::f32};
  call.kernels.gemm->multiply(call.pool, inner, du, rank, {});
  scaleRows(du, block, rank, du);
  scaleRows(problem.u + block.first * rank, block, rank, block.scaled);
  Gemm::Epilogue epilogue;
  if (block.first > 0) epilogue.addend = problem.db;
  const Gemm::Operands outer{vocabulary, rank, block.rows, block.logits, vocabulary, true, block.scaled, rank, false, Compute::f32};
  call.kernels.gemm->multiply(call.pool, outer, problem.db, rank, epilogue);
}

void computeHiddenGradient(const Call& call, const Problem& problem, const Block& block) {
  float* dh = problem.dh + block.first * problem.width;
  const int64_t width = problem.width, vocabulary = problem.vocabulary;
  const Gemm& gemm = *call.kernels.gemm;
  if (problem.w->packedTransposed != nullptr) {
    gemm.multiplyPacked(call.pool, block.rows, block.logits, vocabulary, *problem.w->packedTransposed, dh, width, {});
  } else {
    const Gemm::Operands operands{block.rows, width, vocabulary, block.logits, vocabulary, false,
                                  problem.w->f32(), width, false, Compute::f32};
    gemm.multiply(call.pool, operands, dh, width, {});
  }
  scaleRows(dh, block, width, dh);
}

void addWeightGradient(const Call& call, const Problem& problem, const Block& block) {
  const int64_t width = problem.width, vocabulary = problem.vocabulary;
  scaleRows(problem.h + block.first * width, block, width, block.scaled);
  Gemm::Epilogue epilogue;
  if (block.first > 0) epilogue.addend = problem.dw;
  const Gemm::Operands operands{vocabulary, width, block.rows, block.logits, vocabulary, true,
                                block.scaled, width, false, Compute::f32};
  call.kernels.gemm->multiply(call.pool, operands, problem.dw, width, epilogue);
}

Status checkOperands(const Call& call, const Problem& problem) {
  const Tensor& w = *problem.w;
  const bool gradient = problem.dh != nullptr;
  WEFT_CHECK(w.rows == problem.vocabulary && w.cols == problem.width && problem.vocabulary > 0);
  WEFT_CHECK(call.inputs[2].size() == problem.labels && call.inputs[3].size() == 1);
  WEFT_CHECK(w.data != nullptr || (w.packed != nullptr && (!gradient || w.packedTransposed != nullptr)));
  WEFT_CHECK(w.packed == nullptr || (w.packed->k == problem.width && w.packed->n == problem.vocabulary));
  WEFT_CHECK(!gradient || w.packedTransposed == nullptr ||
             (w.packedTransposed->k == problem.vocabulary && w.packedTransposed->n == problem.width));
  WEFT_CHECK(problem.u == nullptr || (call.inputs[4].rows == problem.labels && call.inputs[5].rows == problem.vocabulary &&
                                      call.inputs[5].cols == problem.rank));
  for (int64_t i = 0; i < problem.labels; ++i) {
    if (problem.targets[i] >= 0 && problem.targets[i] < problem.vocabulary) continue;
    return Status::error("target " + std::to_string(problem.targets[i]) + " of row " + std::to_string(i) +
                         " lies outside of 0 to " + std::to_string(problem.vocabulary - 1));
  }
  return Status::ok();
}

Problem problemOf(const Call& call) {
  const bool gradient = call.attributes[0] != 0.0, weightGradient = call.attributes[1] != 0.0;
  const Tensor &h = call.inputs[0], &w = call.inputs[1];
  Problem problem;
  problem.labels = h.rows;
  problem.width = h.cols;
  problem.vocabulary = w.rows;
  problem.h = h.f32();
  problem.w = &w;
  problem.targets = call.inputs[2].i32();
  problem.lossScale = call.inputs[3].f32()[0];
  problem.logProbabilities = call.outputs[1].f32();
  problem.dh = gradient ? call.outputs[2].f32() : nullptr;
  problem.dw = weightGradient ? call.outputs[gradient ? 3 : 2].f32() : nullptr;
  const bool adapted = call.inputCount == 6 && !call.inputs[5].absent();  // without labels the input is empty
  problem.u = adapted ? call.inputs[4].f32() : nullptr;
  problem.b = adapted ? call.inputs[5].f32() : nullptr;
  problem.rank = adapted ? call.inputs[4].cols : 0;
  const int32_t next = 2 + (gradient ? 1 : 0) + (weightGradient ? 1 : 0);
  const bool adapterGradient = adapted && gradient && call.outputCount == next + 2;
  problem.du = adapterGradient ? call.outputs[next].f32() : nullptr;
  problem.db = adapterGradient ? call.outputs[next + 1].f32() : nullptr;
  return problem;
}

Status runBlocks(const Call& call, const Problem& problem) {
  const int64_t most = rowsOfBlock(problem);
  const int64_t scaledWidth = std::max(problem.dw != nullptr ? problem.width : 0, problem.rank);
  const size_t elements = static_cast<size_t>(most * (problem.vocabulary + 1 + scaledWidth));
  float* scratch = static_cast<float*>(call.pool.sharedScratch(elements * sizeof(float)));
  WEFT_CHECK(scratch != nullptr);
  for (int64_t first = 0; first < problem.labels; first += most) {
    Block block;
    block.first = first;
    block.rows = std::min(most, problem.labels - first);
    block.logits = scratch;
    block.factors = scratch + most * problem.vocabulary;
    block.scaled = block.factors + most;
    computeLogits(call, problem, block);
    if (problem.u != nullptr) addLowRankLogits(call, problem, block);
    call.pool.parallelFor(block.rows, 1, [&](int64_t begin, int64_t end, int) {
      for (int64_t row = begin; row < end; ++row) softmaxRow(problem, block, row);
    });
    if (problem.dh != nullptr) computeHiddenGradient(call, problem, block);
    if (problem.dw != nullptr) addWeightGradient(call, problem, block);
    if (problem.du != nullptr) computeLowRankGradients(call, problem, block);
  }
  return Status::ok();
}

}  // namespace

Status linearCrossEntropy(const Call& call) {
  WEFT_CHECK((call.inputCount == 4 || call.inputCount == 6) && call.outputCount >= 2);
  const Problem problem = problemOf(call);
  if (Status status = checkOperands(call, problem); !status.isOk()) return status;
  if (problem.labels == 0) {
    if (problem.dw != nullptr) std::fill_n(problem.dw, problem.vocabulary * problem.width, 0.0f);
    if (problem.db != nullptr) std::fill_n(problem.db, problem.vocabulary * problem.rank, 0.0f);
  } else if (Status status = runBlocks(call, problem); !status.isOk()) {
    return status;
  }
  double loss = 0;
  for (int64_t i = 0; i < problem.labels; ++i) loss -= static_cast<double>(problem.logProbabilities[i]);
  call.outputs[0].f32()[0] = static_cast<float>(loss * static_cast<double>(problem.lossScale));
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
