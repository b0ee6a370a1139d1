// Half-precision numbers as bits. Subnormals convert exactly also where the processor is set to flush them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace weft {

inline float halfToFloat(uint16_t half) {
  const uint32_t magnitude = (half & 0x7fffu) << 13;
  const uint32_t sign = (half & 0x8000u) << 16;
  const uint32_t rebias = 112u << 23;
  // Infinity and NaN keep the largest exponent.
  const uint32_t normal = magnitude + (magnitude >= (0x7c00u << 13) ? 2 * rebias : rebias);
  // A subnormal's fraction is read as that of a normal number of the smallest exponent, whose implicit one is taken
  // off. Computed for every number, so that loops over this have no branch.
  const float subnormal = std::bit_cast<float>(magnitude + (113u << 23)) - std::bit_cast<float>(113u << 23);
  const uint32_t bits = magnitude < (0x0400u << 13) ? std::bit_cast<uint32_t>(subnormal) : normal;
  return std::bit_cast<float>(bits | sign);
}

inline float loadHalf(const uint8_t* bytes) {
  uint16_t half;
  std::memcpy(&half, bytes, sizeof half);
  return halfToFloat(half);
}

}  // namespace weft
