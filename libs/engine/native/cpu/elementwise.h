// Loops over flat arrays in whole vectors, split among threads.
#pragma once

#include <algorithm>

#include "cpu/kernel_table.h"
#include "cpu/simd.h"

namespace weft::WEFT_ISA {

// How many lanes of a vector are meant: all of them, known at compile time, or the rest of a row.
struct Whole {
  static constexpr int64_t count = kLanes;
};
struct Part {
  int64_t count;
};

static inline Vector load(const float* p, Whole) { return load(p); }
static inline Vector load(const float* p, Part part) { return loadPart(p, part.count); }
static inline void store(float* p, Vector v, Whole) { store(p, v); }
static inline void store(float* p, Vector v, Part part) { storePart(p, v, part.count); }

// Calls body(i, lanes) for i = begin, begin + kLanes, ...; body must load all it needs at i before it stores at i.
template <typename Body>
static inline __attribute__((always_inline)) void forVectors(int64_t begin, int64_t end, const Body& body) {
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) body(i, Whole{});
  if (i < end) body(i, Part{end - i});
}

// Elements below which a loop is not worth another thread.
constexpr int64_t kElementGrain = 16384;

template <typename Body>
static inline void parallelVectors(ThreadPool& pool, int64_t count, const Body& body) {
  pool.parallelFor(count, kElementGrain, [&](int64_t begin, int64_t end, int) { forVectors(begin, end, body); });
}

// Rows of `width` elements that make up one grain.
static inline int64_t rowGrain(int64_t width) { return std::max<int64_t>(1, kElementGrain / std::max<int64_t>(1, width)); }

}  // namespace weft::WEFT_ISA
