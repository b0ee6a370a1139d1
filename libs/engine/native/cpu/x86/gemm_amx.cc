// Products on AMX tiles. fp32 and skinny products, and packing, are the AVX-512 set's.
#include <immintrin.h>

#include "cpu/x86/amx_tile.h"
#include "cpu/x86/bf16_tile.h"

namespace weft::amx {
namespace {

// The tile number of an intrinsic must be a literal or a template's own constant.
struct HardwareTiles {
  static WEFT_INLINE void configure(const void* configuration) { _tile_loadconfig(configuration); }
  static WEFT_INLINE void release() { _tile_release(); }
  template <int tile>
  static WEFT_INLINE void zero() { asm volatile("tilezero %%tmm%c0" ::"i"(tile)); }
  template <int tile>
  static WEFT_INLINE void load(const void* from, int64_t bytesPerRow) {
    asm volatile("tileloadd (%1,%2,1), %%tmm%c0" ::"i"(tile), "r"(from), "r"(bytesPerRow) : "memory");
  }
  template <int tile>
  static WEFT_INLINE void store(void* to, int64_t bytesPerRow) {
    asm volatile("tilestored %%tmm%c0, (%1,%2,1)" ::"i"(tile), "r"(to), "r"(bytesPerRow) : "memory");
  }
  template <int c, int a, int b>
  static WEFT_INLINE void multiply() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(c), "i"(a), "i"(b));
  }
};

MicroKernels make() {
  MicroKernels kernels = avx512::microKernels();
  kernels.name = "amx";
  kernels.bf16Instructions = true;
  kernels.pairDepth = WEFT_ISA::kTileDepth;
  kernels.product[static_cast<int>(ProductKind::bf16)] =
      WEFT_ISA::amxProduct<WEFT_ISA::tileOfRows<WEFT_ISA::PairProduct>, HardwareTiles>();
  kernels.packRowsBf16 = WEFT_ISA::packRowsBf16;
  kernels.enter = WEFT_ISA::enterTiles<HardwareTiles>;
  kernels.leave = HardwareTiles::release;
  return kernels;
}

}  // namespace

const MicroKernels& microKernels() {
  static const MicroKernels kernels = make();
  return kernels;
}

}  // namespace weft::amx
