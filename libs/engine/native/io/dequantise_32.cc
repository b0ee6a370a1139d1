// Blocks of 32 values: a half-precision scale d (and for the _1 formats a minimum m), then the quants.
//   Q8_0: d, 32 x int8                        x = d q
//   Q4_0: d, 16 bytes of two nibbles          x = d (q - 8)
//   Q4_1: d, m, 16 bytes of two nibbles       x = d q + m
//   Q5_0: d, 32 high bits, 16 bytes           x = d (q - 16)
//   Q5_1: d, m, 32 high bits, 16 bytes        x = d q + m
// The low nibble of byte i belongs to value i, the high nibble to value i + 16.
#include <cstring>

#include "io/dequantise.h"
#include "io/half.h"

namespace weft {

namespace {

constexpr int values = 32;
constexpr int half = values / 2;

// Bit i of `high` is the fifth bit of value i: widened once so that the inner loops have no dependence between values.
void widenQuants(const uint8_t* nibbles, const uint8_t* high, int32_t* quants) {
  uint32_t bits;
  std::memcpy(&bits, high, sizeof bits);
  for (int i = 0; i < half; ++i) {
    quants[i] = static_cast<int32_t>((nibbles[i] & 15u) | ((bits >> i) & 1u) << 4);
    quants[i + half] = static_cast<int32_t>((nibbles[i] >> 4) | ((bits >> (i + half)) & 1u) << 4);
  }
}

}  // namespace

void dequantiseQ8_0(const uint8_t* blocks, int64_t count, float* out) {
  for (int64_t b = 0; b < count; ++b, blocks += 34, out += values) {
    const float d = loadHalf(blocks);
    const uint8_t* quants = blocks + 2;
    for (int i = 0; i < values; ++i) out[i] = d * static_cast<float>(static_cast<int8_t>(quants[i]));
  }
}

void dequantiseQ4_0(const uint8_t* blocks, int64_t count, float* out) {
  for (int64_t b = 0; b < count; ++b, blocks += 18, out += values) {
    const float d = loadHalf(blocks);
    const uint8_t* nibbles = blocks + 2;
    for (int i = 0; i < half; ++i) out[i] = d * static_cast<float>(static_cast<int32_t>(nibbles[i] & 15) - 8);
    for (int i = 0; i < half; ++i) out[i + half] = d * static_cast<float>(static_cast<int32_t>(nibbles[i] >> 4) - 8);
  }
}

void dequantiseQ4_1(const uint8_t* blocks, int64_t count, float* out) {
  for (int64_t b = 0; b < count; ++b, blocks += 20, out += values) {
    const float d = loadHalf(blocks);
    const float m = loadHalf(blocks + 2);
    const uint8_t* nibbles = blocks + 4;
    for (int i = 0; i < half; ++i) out[i] = d * static_cast<float>(static_cast<int32_t>(nibbles[i] & 15)) + m;
    for (int i = 0; i < half; ++i) out[i + half] = d * static_cast<float>(static_cast<int32_t>(nibbles[i] >> 4)) + m;
  }
}

void dequantiseQ5_0(const uint8_t* blocks, int64_t count, float* out) {
  int32_t quants[values];
  for (int64_t b = 0; b < count; ++b, blocks += 22, out += values) {
    const float d = loadHalf(blocks);
    widenQuants(blocks + 6, blocks + 2, quants);
    for (int i = 0; i < values; ++i) out[i] = d * static_cast<float>(quants[i] - 16);
  }
}

void dequantiseQ5_1(const uint8_t* blocks, int64_t count, float* out) {
  int32_t quants[values];
  for (int64_t b = 0; b < count; ++b, blocks += 24, out += values) {
    const float d = loadHalf(blocks);
    const float m = loadHalf(blocks + 2);
    widenQuants(blocks + 8, blocks + 4, quants);
    for (int i = 0; i < values; ++i) out[i] = d * static_cast<float>(quants[i]) + m;
  }
}

}  // namespace weft
