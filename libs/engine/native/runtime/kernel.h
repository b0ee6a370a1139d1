// What every kernel is: a function of one Call. The op table in TypeScript (libs/engine/src/ops) fixes, per op, the
// order of inputs, outputs and attributes; kernels index them in that same order.
#pragma once

#include <cstdint>

#include "runtime/status.h"
#include "runtime/tensor.h"
#include "runtime/thread_pool.h"

namespace weft {

struct KernelTable;

struct Call {
  const Tensor* inputs;
  int32_t inputCount;
  const Tensor* outputs;
  int32_t outputCount;
  const double* attributes;
  ThreadPool& pool;
  // The kernels of the instruction set chosen at run time, for kernels that build on others.
  const KernelTable& kernels;
};

using Kernel = Status (*)(const Call& call);

}  // namespace weft
