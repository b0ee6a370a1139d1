// Packed right-hand sides: see micro_kernels.h for the layout of panels.
#pragma once

#include <memory>

#include "cpu/gemm.h"
#include "cpu/gemm/micro_kernels.h"
#include "runtime/aligned_buffer.h"

namespace weft::gemm {

// A view of packed B[K, N].
struct Panels {
  const MicroKernels* kernels = nullptr;
  PanelFormat format = PanelFormat::wide;
  ProductKind kind = ProductKind::wide;
  // Whether A is rounded to bf16 although it is multiplied in fp32.
  bool roundA = false;
  int64_t k = 0;
  int64_t n = 0;
  int64_t paddedK = 0;
  char* data = nullptr;

  int64_t wordBytes() const { return kernels->columns * (format == PanelFormat::wide ? 4 : 2); }
  int64_t panelBytes() const { return paddedK * wordBytes(); }
  int64_t panelCount() const { return (n + kernels->columns - 1) / kernels->columns; }
  size_t bytes() const { return static_cast<size_t>(panelBytes() * panelCount()); }
  char* at(int64_t panel, int64_t depth) const { return data + panel * panelBytes() + depth * wordBytes(); }
};

// The layout that `compute` takes with these kernels; `data` is left null.
Panels planPanels(const MicroKernels& kernels, int64_t k, int64_t n, Compute compute, bool exactInBf16);

// Fills panels [first, last) from B, whose element (k, n) lies at b[k * depthStride + n * columnStride].
void fillPanels(const Panels& panels, const float* b, int64_t depthStride, int64_t columnStride, int64_t first,
                int64_t last);

class OwnedPanels : public PackedMatrix {
 public:
  Panels panels;
  AlignedBuffer memory;
};

// As Gemm::pack; null if the memory cannot be had.
std::unique_ptr<PackedMatrix> packWeight(const MicroKernels& kernels, ThreadPool& pool, const RowReader& weight,
                                         bool transposed, Compute compute);

}  // namespace weft::gemm
