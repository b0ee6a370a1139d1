// Blocks of 256 values in groups that carry small integer scales of their own, themselves scaled by half-precision
// numbers of the block.
//   Q4_K: d, dmin, 12 bytes of 8 six-bit (scale, minimum) pairs, 128 bytes of nibbles      x = d s q - dmin m
//   Q5_K: the same with 32 bytes of high bits before the nibbles
//   Q6_K: 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 int8 scales, d          x = d s (q - 32)
#include "io/dequantise.h"
#include "io/half.h"

namespace weft {

namespace {

constexpr int values = 256;

struct GroupScale {
  float scale;
  float minimum;
};

// The first four pairs lie in the low six bits of bytes 0..3 (scale) and 4..7 (minimum); the last four in the nibbles
// of bytes 8..11, their two high bits on top of bytes 0..7.
GroupScale groupScale(const uint8_t* packed, int group, float d, float dmin) {
  int scale;
  int minimum;
  if (group < 4) {
    scale = packed[group] & 63;
    minimum = packed[group + 4] & 63;
  } else {
    scale = (packed[group + 4] & 15) | (packed[group - 4] >> 6) << 4;
    minimum = (packed[group + 4] >> 4) | (packed[group] >> 6) << 4;
  }
  return {d * static_cast<float>(scale), dmin * static_cast<float>(minimum)};
}

}  // namespace

void dequantiseQ4_K(const uint8_t* blocks, int64_t count, float* out) {
  for (int64_t b = 0; b < count; ++b, blocks += 144, out += values) {
    const float d = loadHalf(blocks);
    const float dmin = loadHalf(blocks + 2);
    // 32 bytes hold two groups of 32: low nibbles first.
    for (int pair = 0; pair < 4; ++pair) {
      const uint8_t* nibbles = blocks + 16 + 32 * pair;
      float* target = out + 64 * pair;
      const GroupScale low = groupScale(blocks + 4, 2 * pair, d, dmin);
      const GroupScale high = groupScale(blocks + 4, 2 * pair + 1, d, dmin);
      for (int i = 0; i < 32; ++i) target[i] = low.scale * static_cast<float>(nibbles[i] & 15) - low.minimum;
      for (int i = 0; i < 32; ++i) target[i + 32] = high.scale * static_cast<float>(nibbles[i] >> 4) - high.minimum;
    }
  }
}

void dequantiseQ5_K(const uint8_t* blocks, int64_t count, float* out) {
  for (int64_t b = 0; b < count; ++b, blocks += 176, out += values) {
    const float d = loadHalf(blocks);
    const float dmin = loadHalf(blocks + 2);
    const uint8_t* bits = blocks + 16;
    for (int pair = 0; pair < 4; ++pair) {
      const uint8_t* nibbles = blocks + 48 + 32 * pair;
      float* target = out + 64 * pair;
      const GroupScale low = groupScale(blocks + 4, 2 * pair, d, dmin);
      const GroupScale high = groupScale(blocks + 4, 2 * pair + 1, d, dmin);
      // Bit 2 pair + (0 or 1) of byte i is the fifth bit of value i of the group.
      for (int i = 0; i < 32; ++i) {
        const int quant = (nibbles[i] & 15) | ((bits[i] >> (2 * pair)) & 1) << 4;
        target[i] = low.scale * static_cast<float>(quant) - low.minimum;
      }
      for (int i = 0; i < 32; ++i) {
        const int quant = (nibbles[i] >> 4) | ((bits[i] >> (2 * pair + 1)) & 1) << 4;
        target[i + 32] = high.scale * static_cast<float>(quant) - high.minimum;
      }
    }
  }
}

void dequantiseQ6_K(const uint8_t* blocks, int64_t count, float* out) {
  for (int64_t b = 0; b < count; ++b, blocks += 210, out += values) {
    const float d = loadHalf(blocks + 208);
    // Each half of the block: 64 bytes of nibbles, 32 of bit pairs, 8 scales; quarter k takes bit pair k.
    for (int part = 0; part < 2; ++part) {
      const uint8_t* nibbles = blocks + 64 * part;
      const uint8_t* pairs = blocks + 128 + 32 * part;
      const uint8_t* scales = blocks + 192 + 8 * part;
      for (int quarter = 0; quarter < 4; ++quarter) {
        const uint8_t* source = nibbles + 32 * (quarter & 1);
        const int nibbleShift = quarter < 2 ? 0 : 4;
        for (int group = 0; group < 2; ++group) {
          const float scale = d * static_cast<float>(static_cast<int8_t>(scales[2 * quarter + group]));
          float* target = out + 128 * part + 32 * quarter + 16 * group;
          for (int i = 0; i < 16; ++i) {
            const int at = 16 * group + i;
            const int quant = ((source[at] >> nibbleShift) & 15) | ((pairs[at] >> (2 * quarter)) & 3) << 4;
            target[i] = scale * static_cast<float>(quant - 32);
          }
        }
      }
    }
  }
}

}  // namespace weft
