// Products on vdpbf16ps: pairs of bf16 multiplied and added to fp32 lanes. Everything else is the AVX-512 set's.
#include "cpu/gemm_tile.h"
#include "cpu/x86/bf16_tile.h"

namespace weft::avx512bf16 {
namespace {

MicroKernels make() {
  MicroKernels kernels = avx512::microKernels();
  kernels.name = "avx512bf16";
  kernels.bf16Instructions = true;
  kernels.product[static_cast<int>(ProductKind::bf16)] = {WEFT_ISA::tileOfRows<WEFT_ISA::PairProduct>, WEFT_ISA::kRows,
                                                          1, 0, kAnyDepth};
  kernels.packRowsBf16 = WEFT_ISA::packRowsBf16;
  return kernels;
}

}  // namespace

const MicroKernels& microKernels() {
  static const MicroKernels kernels = make();
  return kernels;
}

}  // namespace weft::avx512bf16
