#include <bit>
#include <cstring>

#include "io/dequantise.h"
#include "io/half.h"

namespace weft {

void convertF32(const uint8_t* values, int64_t count, float* out) {
  if (count > 0) std::memcpy(out, values, static_cast<size_t>(count) * sizeof(float));
}

void convertF16(const uint8_t* values, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = loadHalf(values + 2 * i);
}

void convertBf16(const uint8_t* values, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) {
    uint16_t bits;
    std::memcpy(&bits, values + 2 * i, sizeof bits);
    out[i] = std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
}

void dequantise(StorageType type, const uint8_t* blocks, int64_t count, float* out) {
  switch (type) {
    case StorageType::f32: return convertF32(blocks, count, out);
    case StorageType::f16: return convertF16(blocks, count, out);
    case StorageType::bf16: return convertBf16(blocks, count, out);
    case StorageType::q8_0: return dequantiseQ8_0(blocks, count, out);
    case StorageType::q4_0: return dequantiseQ4_0(blocks, count, out);
    case StorageType::q4_1: return dequantiseQ4_1(blocks, count, out);
    case StorageType::q5_0: return dequantiseQ5_0(blocks, count, out);
    case StorageType::q5_1: return dequantiseQ5_1(blocks, count, out);
    case StorageType::q4_k: return dequantiseQ4_K(blocks, count, out);
    case StorageType::q5_k: return dequantiseQ5_K(blocks, count, out);
    case StorageType::q6_k: return dequantiseQ6_K(blocks, count, out);
  }
}

}  // namespace weft
