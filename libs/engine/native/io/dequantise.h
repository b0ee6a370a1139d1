// From stored values to fp32. Plain types convert exactly; block formats follow the definitions of ggml, one product
// and one sum per value in fp32: equal to other readers bit for bit where the compiler does not fuse the two.
#pragma once

#include <cstdint>

#include "io/storage_type.h"

namespace weft {

// Converts `count` consecutive blocks (values, for plain types) at `blocks`, which need no alignment, into
// count * blockValues floats.
void dequantise(StorageType type, const uint8_t* blocks, int64_t count, float* out);

// One function per type, in convert.cc, dequantise_32.cc (blocks of 32) and dequantise_256.cc (blocks of 256).
void convertF32(const uint8_t* values, int64_t count, float* out);
void convertF16(const uint8_t* values, int64_t count, float* out);
void convertBf16(const uint8_t* values, int64_t count, float* out);
void dequantiseQ8_0(const uint8_t* blocks, int64_t count, float* out);
void dequantiseQ4_0(const uint8_t* blocks, int64_t count, float* out);
void dequantiseQ4_1(const uint8_t* blocks, int64_t count, float* out);
void dequantiseQ5_0(const uint8_t* blocks, int64_t count, float* out);
void dequantiseQ5_1(const uint8_t* blocks, int64_t count, float* out);
void dequantiseQ4_K(const uint8_t* blocks, int64_t count, float* out);
void dequantiseQ5_K(const uint8_t* blocks, int64_t count, float* out);
void dequantiseQ6_K(const uint8_t* blocks, int64_t count, float* out);

}  // namespace weft
