// Arithmetic on whole vectors that the compiler's own vector types lack. Every function is accurate to about 1 ulp and
// keeps NaN, infinities and overflow as IEEE 754 has them, except where said.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "cpu/gemm_vector.h"

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace weft::WEFT_ISA {

#if defined(__AVX512F__)
// The unmasked forms of some intrinsics draw false warnings from g++ 12; with all lanes on it is the same instruction.
constexpr __mmask16 kAllLanes = 0xffff;
#endif

static inline Vector floats(Words bits) { return reinterpret_cast<Vector>(bits); }
static inline Words bitsOf(Vector v) { return reinterpret_cast<Words>(v); }

// The first `count` lanes to memory.
static inline void storePart(float* p, Vector v, int64_t count) {
  std::memcpy(p, &v, static_cast<size_t>(count) * 4);
}

// The larger of each lane; where x is NaN, NaN.
static inline Vector atLeast(Vector x, Vector bound) {
#if defined(__AVX512F__)
  return _mm512_maskz_max_ps(kAllLanes, bound, x);
#elif defined(__AVX2__)
  return _mm256_max_ps(bound, x);
#elif defined(__SSE2__)
  return _mm_max_ps(bound, x);
#else
  return x < bound ? bound : x;
#endif
}

// The smaller of each lane; where x is NaN, NaN.
static inline Vector atMost(Vector x, Vector bound) {
#if defined(__AVX512F__)
  return _mm512_maskz_min_ps(kAllLanes, bound, x);
#elif defined(__AVX2__)
  return _mm256_min_ps(bound, x);
#elif defined(__SSE2__)
  return _mm_min_ps(bound, x);
#else
  return x > bound ? bound : x;
#endif
}

static inline Vector squareRoot(Vector x) {
#if defined(__AVX512F__)
  return _mm512_maskz_sqrt_ps(kAllLanes, x);
#elif defined(__AVX2__)
  return _mm256_sqrt_ps(x);
#elif defined(__SSE2__)
  return _mm_sqrt_ps(x);
#elif defined(__aarch64__)
  return reinterpret_cast<Vector>(vsqrtq_f32(reinterpret_cast<float32x4_t>(x)));
#else
  for (int i = 0; i < kLanes; ++i) x[i] = std::sqrt(x[i]);
  return x;
#endif
}

static inline Vector absolute(Vector x) { return floats(bitsOf(x) & 0x7fffffffu); }

typedef float QuadVector __attribute__((vector_size(16)));

// Adds the quarters (halves) of a vector, so that 4 lanes are left.
static inline QuadVector foldedSum(Vector v) {
#if defined(__AVX512F__)
  const __m256 half = _mm256_add_ps(_mm512_maskz_extractf32x8_ps(0xff, v, 0), _mm512_maskz_extractf32x8_ps(0xff, v, 1));
  return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
#elif defined(__AVX2__)
  return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
#else
  return v;
#endif
}

static inline float sumOf(Vector v) {
  const QuadVector quad = foldedSum(v);
  return (quad[0] + quad[2]) + (quad[1] + quad[3]);
}

// The largest lane. NaN lanes may be passed over.
static inline float maxOf(Vector v) {
#if defined(__AVX512F__)
  const __m256 half = _mm256_max_ps(_mm512_maskz_extractf32x8_ps(0xff, v, 0), _mm512_maskz_extractf32x8_ps(0xff, v, 1));
  const QuadVector quad = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
#elif defined(__AVX2__)
  const QuadVector quad = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
#else
  const QuadVector quad = v;
#endif
  const float a = quad[0] > quad[2] ? quad[0] : quad[2];
  const float b = quad[1] > quad[3] ? quad[1] : quad[3];
  return a > b ? a : b;
}

// Adding this to |x| < 2^22 leaves x, rounded to an integer, in the low bits.
constexpr float kRounder = 12582912.0f;
constexpr uint32_t kRounderBits = 0x4b400000u;
constexpr float kLog2E = 1.44269504f;
constexpr float kLn2 = 0.693147181f;

// e^x.
static inline Vector exponential(Vector x) {
  x = atMost(atLeast(x, splat(-104.0f)), splat(89.0f));
  const Vector rounded = x * kLog2E + kRounder;
  const Vector n = rounded - kRounder;
  // ln 2 in two parts, the first with so few bits that n times it is exact.
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector p = splat(0.00139261818f);
  p = p * r + 0.00836317763f;
  p = p * r + 0.0416665546f;
  p = p * r + 0.16666577f;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1.0f;
  // 2^n in two factors, since n may lie outside of what one exponent holds.
  const Masks whole = reinterpret_cast<Masks>(bitsOf(rounded) - kRounderBits);
  const Masks half = whole >> 1;
  return p * reinterpret_cast<Vector>((half + 127) << 23) * reinterpret_cast<Vector>((whole - half + 127) << 23);
}

// 2^x for x < 128; results below 2^-126 may be flushed to zero. For softmax, where x is at most about zero.
static inline Vector exponential2(Vector x) {
  x = atLeast(x, splat(-127.0f));
  const Vector rounded = x + kRounder;
  const Vector r = x - (rounded - kRounder);
  Vector p = splat(0.000154531629f);
  p = p * r + 0.00133908634f;
  p = p * r + 0.00961808256f;
  p = p * r + 0.0555035711f;
  p = p * r + 0.240226508f;
  p = p * r + 0.693147188f;
  p = p * r + 1.0f;
  return p * floats((bitsOf(rounded) << 23) + 0x3f800000u);
}

static inline Vector sigmoid(Vector x) { return 1.0f / (1.0f + exponential(-x)); }

static inline Vector hyperbolicTangent(Vector x) {
  const Vector size = absolute(x);
  const Vector z = x * x;
  Vector p = splat(-0.00609671417f);
  p = p * z + 0.020997179f;
  p = p * z - 0.0538509096f;
  p = p * z + 0.133327697f;
  p = p * z - 0.333333289f;
  const Vector small = x + x * z * p;
  const Vector large = 1.0f - 2.0f / (exponential(size + size) + 1.0f);
  const Vector signedLarge = floats(bitsOf(large) | (bitsOf(x) & 0x80000000u));
  return size < 0.625f ? small : signedLarge;
}

}  // namespace weft::WEFT_ISA
