// Vectors of the widest kind that the instruction set of this translation unit has, through the compiler's own vector
// types, so that one source serves every CPU.
#pragma once

#include <cstdint>
#include <cstring>

#define WEFT_ISA_TEXT_OF(name) #name
#define WEFT_ISA_TEXT(name) WEFT_ISA_TEXT_OF(name)
#define WEFT_UNROLL _Pragma("GCC unroll 32")
#define WEFT_INLINE inline __attribute__((always_inline))

namespace weft::WEFT_ISA {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vector __attribute__((vector_size(kLanes * 4)));
typedef uint32_t Words __attribute__((vector_size(kLanes * 4)));
typedef int32_t Masks __attribute__((vector_size(kLanes * 4)));
// The same without a promise of alignment, and allowed to alias whatever lies in memory.
typedef float LooseVector __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef uint32_t LooseWords __attribute__((vector_size(kLanes * 4), aligned(2), may_alias));

static inline Vector load(const float* p) { return *reinterpret_cast<const LooseVector*>(p); }
static inline void store(float* p, Vector v) { *reinterpret_cast<LooseVector*>(p) = v; }
static inline Words loadWords(const void* p) { return *static_cast<const LooseWords*>(p); }
static inline void storeWords(void* p, Words v) { *static_cast<LooseWords*>(p) = v; }
static inline Vector splat(float x) { return Vector{} + x; }

// The first `count` lanes from memory, the others zero.
static inline Vector loadPart(const float* p, int64_t count) {
  Vector v{};
  std::memcpy(&v, p, static_cast<size_t>(count) * 4);
  return v;
}

// The upper 16 bits of each lane hold the value rounded to bf16 (nearest even; NaN stays NaN); the lower are zero.
static inline Words roundedToBf16(Vector v) {
  const Words bits = reinterpret_cast<Words>(v);
  const Words rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
  const Words quiet = bits | 0x400000u;
  const Words isNan = reinterpret_cast<Words>(v != v);
  return ((rounded & ~isNan) | (quiet & isNan)) & 0xffff0000u;
}

static inline uint16_t bf16Of(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  if (x != x) return static_cast<uint16_t>((bits | 0x400000u) >> 16);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace weft::WEFT_ISA
